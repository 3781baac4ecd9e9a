import { describe, expect, it } from 'vitest';
import { halfRotaryTable, ropeTable } from '../../../../src/families/layers/rope-table.ts';
import { zImagePositionIds } from '../../../../src/families/z-image/position-ids.ts';
import { goldenTensors } from '../../../fixtures/golden-files.ts';
import { floats } from '../../../fixtures/read-safetensors.ts';
import { maxUlpDistance } from '../../../fixtures/ulp-distance.ts';

const AXES = [32, 48, 48];

describe('ropeTable', () => {
	it.each([
		['dit-tiny.golden.safetensors', 9, 10, 32],
		['dit-tiny.golden2.safetensors', 8, 8, 32],
	])('equals the table of %s', (file, gridHeight, gridWidth, captionTokensPadded) => {
		const golden = goldenTensors(file);
		const ids = zImagePositionIds({ gridHeight, gridWidth, captionTokensPadded });
		// The order of the main layers: image first.
		const unified = Int32Array.from([...ids.image, ...ids.caption]);
		const table = ropeTable(unified, AXES, 256);
		expect(maxUlpDistance(table.cos, floats(golden, 'rope.cos'))).toBeLessThanOrEqual(1);
		expect(maxUlpDistance(table.sin, floats(golden, 'rope.sin'))).toBeLessThanOrEqual(1);
	});

	it('refuses ids that do not fill whole tokens', () => {
		expect(() => ropeTable(new Int32Array(4), AXES, 256)).toThrow(RangeError);
	});
});

describe('zImagePositionIds', () => {
	const rows = (ids: Int32Array) =>
		Array.from({ length: ids.length / 3 }, (_, i) => [...ids.subarray(3 * i, 3 * i + 3)]);

	it('places image, image padding and caption', () => {
		const ids = zImagePositionIds({ gridHeight: 3, gridWidth: 11, captionTokensPadded: 64 });
		const image = rows(ids.image);
		expect(image).toHaveLength(64);
		expect(image[0]).toEqual([65, 0, 0]);
		expect(image[12]).toEqual([65, 1, 1]);
		expect(image[32]).toEqual([65, 2, 10]);
		expect(image[33]).toEqual([0, 0, 0]);
		expect(image[63]).toEqual([0, 0, 0]);
		const caption = rows(ids.caption);
		expect(caption).toHaveLength(64);
		expect(caption[0]).toEqual([1, 0, 0]);
		expect(caption[63]).toEqual([64, 0, 0]);
	});

	it.each([
		[1, 1, 32],
		[8, 4, 32],
		[3, 11, 64],
		[33, 33, 1120],
	])('pads a %d x %d grid to %d tokens', (gridHeight, gridWidth, tokens) => {
		const { image } = zImagePositionIds({ gridHeight, gridWidth, captionTokensPadded: 32 });
		expect(image).toHaveLength(tokens * 3);
	});
});

describe('halfRotaryTable', () => {
	it('has one row a token and one angle a pair', () => {
		const { cos, sin } = halfRotaryTable(3, 128, 1e6);
		expect([cos.length, sin.length]).toEqual([3 * 64, 3 * 64]);
		expect([...cos.subarray(0, 64)]).toEqual(Array(64).fill(1));
		expect(cos[64]).toBe(Math.fround(Math.cos(1)));
		expect(sin[128]).toBe(Math.fround(Math.sin(2)));
	});

	it('agrees with f64 angles to f32 rounding', () => {
		const { cos, sin } = halfRotaryTable(512, 128, 1e6);
		for (let token = 0; token < 512; token += 73) {
			for (let k = 0; k < 64; k++) {
				const angle = token / 1e6 ** (k / 64);
				expect(cos[token * 64 + k]).toBeCloseTo(Math.cos(angle), 4);
				expect(sin[token * 64 + k]).toBeCloseTo(Math.sin(angle), 4);
			}
		}
	});
});
