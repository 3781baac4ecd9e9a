import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { f16ToF32 } from '../../../src/numbers/half-float.ts';
import { transposeF16 } from '../../fixtures/transpose-f16.ts';

/** The value of an FP16 pattern, written from the definition. */
function f16Value(bits: number): number {
	const sign = bits < 0x8000 ? 1 : -1;
	const exponent = Math.floor(bits / 1024) % 32;
	const fraction = (bits % 1024) / 1024;
	if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
	return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
}

describe('f16ToF32', () => {
	it('is exact for every pattern', () => {
		const patterns = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
		const values = f16ToF32(patterns);
		const wrong = patterns.filter((bits) => !Object.is(values[bits], f16Value(bits)));
		expect([...wrong]).toEqual([]);
	});
});

describe('transposeF16', () => {
	it('swaps rows and columns, whatever the shape', () => {
		const extent = fc.integer({ min: 0, max: 80 });
		fc.assert(
			fc.property(extent, extent, (rows, cols) => {
				const source = Uint16Array.from({ length: rows * cols }, (_, i) => i);
				const turned = transposeF16(source, rows, cols);
				const expected = Uint16Array.from(
					{ length: rows * cols },
					(_, i) => (i % rows) * cols + Math.floor(i / rows),
				);
				expect(turned).toEqual(expected);
				expect(transposeF16(turned, cols, rows)).toEqual(source);
			}),
			{ seed: 1 },
		);
	});

	it('writes where it is told, at odd positions too', () => {
		const all = Uint16Array.from({ length: 13 }, (_, i) => i);
		const target = new Uint16Array(13);
		transposeF16(all.subarray(1), 2, 6, target.subarray(0, 12));
		expect([...target]).toEqual([1, 7, 2, 8, 3, 9, 4, 10, 5, 11, 6, 12, 0]);
		expect(transposeF16(all.subarray(0, 12), 6, 2, target.subarray(1))).toEqual(
			Uint16Array.of(0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11),
		);
	});

	it('refuses a shape that does not fit', () => {
		expect(() => transposeF16(new Uint16Array(5), 2, 3)).toThrow(RangeError);
		expect(() => transposeF16(new Uint16Array(6), 2, 3, new Uint16Array(5))).toThrow(RangeError);
	});
});
