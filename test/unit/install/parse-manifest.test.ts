import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../../src/install/parse-manifest.ts';

const demo = JSON.parse(
	readFileSync(new URL('../../../public/models/demo/manifest.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, unknown>>;
const colours = (count: number) => Array.from({ length: count }, () => [0.1, -0.2, 0.3]);
const preview = { matrix: colours(16), bias: [0, 0, 0] };

describe('parseManifest', () => {
	it('takes the demo model, with and without preview factors', () => {
		const plain = { ...demo, preview: undefined };
		expect(parseManifest(plain)).toBe(plain);
		expect(parseManifest({ ...plain, preview }).preview).toEqual(preview);
	});

	it.each([
		null,
		7,
		[],
		{ ...preview, bias: [0, 0] },
		{ ...preview, bias: [0, 0, '0'] },
		{ ...preview, matrix: colours(15) },
		{ ...preview, matrix: colours(16).map(() => [0, 0, null]) },
	])('refuses preview factors that do not fit the latent %#', (broken) => {
		expect(() => parseManifest({ ...demo, preview: broken })).toThrow(/preview/);
	});
});
