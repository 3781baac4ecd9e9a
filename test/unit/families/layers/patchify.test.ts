import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patchify, unpatchify } from '../../../../src/families/layers/patchify.ts';

/** A latent whose values are their own indices. */
function counting(length: number): Float32Array {
	return Float32Array.from({ length }, (_, i) => i);
}

describe('patchify', () => {
	it('puts channels next to each other, then columns, then rows of a patch', () => {
		// Two channels of 2 x 4: values 0..7 and 8..15.
		const tokens = patchify(counting(16), { channels: 2, height: 2, width: 4 }, 2);
		expect([...tokens.subarray(0, 8)]).toEqual([0, 8, 1, 9, 4, 12, 5, 13]);
		expect([...tokens.subarray(8)]).toEqual([2, 10, 3, 11, 6, 14, 7, 15]);
	});

	it('orders tokens row by row', () => {
		const tokens = patchify(counting(32), { channels: 1, height: 4, width: 8 }, 2);
		const first = Array.from({ length: 8 }, (_, token) => tokens[token * 4]);
		expect(first).toEqual([0, 2, 4, 6, 16, 18, 20, 22]);
	});

	it('has unpatchify as its exact inverse', () => {
		const size = fc.integer({ min: 1, max: 6 });
		fc.assert(
			fc.property(size, size, size, fc.integer({ min: 1, max: 3 }), (channels, h, w, patch) => {
				const shape = { channels, height: h * patch, width: w * patch };
				const latent = counting(channels * shape.height * shape.width);
				expect(unpatchify(patchify(latent, shape, patch), shape, patch)).toEqual(latent);
				expect(patchify(unpatchify(latent, shape, patch), shape, patch)).toEqual(latent);
			}),
			{ seed: 1 },
		);
	});

	it('refuses shapes that do not fit', () => {
		expect(() => patchify(counting(16), { channels: 1, height: 4, width: 5 }, 2)).toThrow(
			RangeError,
		);
		expect(() => patchify(counting(15), { channels: 1, height: 3, width: 5 }, 2)).toThrow(
			RangeError,
		);
		expect(() => unpatchify(counting(8), { channels: 1, height: 4, width: 4 }, 2)).toThrow(
			RangeError,
		);
	});
});
