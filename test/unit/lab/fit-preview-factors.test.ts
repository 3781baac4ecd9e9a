import { describe, expect, it } from 'vitest';
import {
	PreviewFitError,
	type PreviewPair,
	fitPreviewFactors,
} from '../../../lab/fit-preview/fit-preview-factors.ts';
import type { PreviewFactors } from '../../../src/families/parts/latent-space.ts';
import { torchRandn } from '../../../src/pipeline/sampling/noise/torch-randn.ts';

const CHANNELS = 16;
const SCALE = 8;

const weights = torchRandn(1, CHANNELS * 3);
const TRUE_FACTORS: PreviewFactors = {
	matrix: Array.from({ length: CHANNELS }, (_, c) => [
		...([weights[c * 3], weights[c * 3 + 1], weights[c * 3 + 2]] as const),
	]),
	bias: [0.1, -0.2, 0.3],
};

/** A picture that the factors describe exactly once it is averaged down. */
function pair(seed: number, height: number, width: number): PreviewPair {
	const shape = { channels: CHANNELS, height, width };
	const pixels = height * width;
	const latent = torchRandn(seed, CHANNELS * pixels);
	const image = new Float32Array(3 * pixels * SCALE ** 2);
	for (let i = 0; i < image.length; i++) {
		const x = i % (width * SCALE);
		const y = Math.floor(i / (width * SCALE)) % (height * SCALE);
		const colour = Math.floor(i / (pixels * SCALE ** 2));
		const pixel = Math.floor(y / SCALE) * width + Math.floor(x / SCALE);
		let value = TRUE_FACTORS.bias[colour];
		for (let c = 0; c < CHANNELS; c++) {
			value += TRUE_FACTORS.matrix[c][colour] * latent[c * pixels + pixel];
		}
		// Detail finer than a latent pixel, which the average takes away.
		image[i] = value + ((x + y) % 2 === 0 ? 0.25 : -0.25);
	}
	return { latent, shape, image };
}

describe('fitPreviewFactors', () => {
	it('finds the factors that made the pictures', () => {
		const { matrix, bias } = fitPreviewFactors([pair(3, 8, 6), pair(4, 4, 10)]);
		expect(matrix).toHaveLength(CHANNELS);
		const found = [...matrix.flat(), ...bias];
		for (const [i, value] of [...TRUE_FACTORS.matrix.flat(), ...TRUE_FACTORS.bias].entries()) {
			expect(found[i]).toBeCloseTo(value, 5);
		}
	});

	it('refuses too little to tell channels apart', () => {
		expect(() => fitPreviewFactors([])).toThrow(PreviewFitError);
		expect(() => fitPreviewFactors([pair(3, 2, 2)])).toThrow(/follows from others/);
		const flat = pair(3, 8, 8);
		flat.latent.fill(1);
		expect(() => fitPreviewFactors([flat])).toThrow(PreviewFitError);
		const broken = pair(3, 8, 8);
		broken.latent.fill(NaN);
		expect(() => fitPreviewFactors([broken])).toThrow(PreviewFitError);
	});

	it('refuses sizes that do not belong together', () => {
		const good = pair(3, 4, 4);
		expect(() => fitPreviewFactors([{ ...good, image: new Float32Array(100) }])).toThrow(
			RangeError,
		);
		expect(() => fitPreviewFactors([{ ...good, latent: new Float32Array(9) }])).toThrow(RangeError);
		const fewer = { channels: 8, height: 4, width: 4 };
		const other = { ...good, shape: fewer, latent: new Float32Array(128) };
		expect(() => fitPreviewFactors([good, other])).toThrow(/differ/);
	});
});
