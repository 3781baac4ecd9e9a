import { expect, test } from 'vitest';
import { aspectRatio, orientation } from '../../../../src/app/compose/aspect-ratio.ts';
import { APP_VERSION } from '../../../../src/app/page/version.ts';
import { visibleRows } from '../../../../src/app/history/visible-rows.ts';
import packageJson from '../../../../package.json' with { type: 'json' };

const LAYOUT = { rowHeight: 100, rows: 200, viewport: 900 };

test.each([
	['below the viewport', 1000, { first: 0, end: 2, after: 198 }],
	['at the top', 0, { first: 0, end: 11, after: 189 }],
	['scrolled far', -5000, { first: 48, end: 61, after: 139 }],
	['scrolled past', -30_000, { first: 200, end: 200, after: 0 }],
])('rows of a list %s', (_name, top, rows) => {
	expect(visibleRows({ ...LAYOUT, top })).toEqual(rows);
});

test('no row before the layout is known', () => {
	expect(visibleRows({ ...LAYOUT, rowHeight: 0, top: 0 })).toMatchObject({ first: 0, end: 0 });
});

test.each([
	[1024, 1024, '1:1', 'square'],
	[1216, 832, '3:2', 'landscape'],
	[768, 1344, '9:16', 'portrait'],
])('%d × %d is %s', (width, height, ratio, shape) => {
	expect(aspectRatio({ width, height })).toBe(ratio);
	expect(orientation({ width, height })).toBe(shape);
});

test("the version in pictures is the package's", () => {
	expect(APP_VERSION).toBe(packageJson.version);
});
