import { describe, expect, it } from 'vitest';
import { latentPreview } from '../../../../src/pipeline/preview/latent-preview.ts';
import { torchRandn } from '../../../../src/pipeline/sampling/noise/torch-randn.ts';
import type { PreviewFactors } from '../../../../src/families/parts/latent-space.ts';
import { costRatio } from '../../../fixtures/cost-ratio.ts';

describe('latentPreview', () => {
	const shape = { channels: 2, height: 1, width: 2 };
	const factors: PreviewFactors = {
		matrix: [
			[1, 0, 0],
			[0, -1, 0],
		],
		bias: [0, 0, 1],
	};

	it('mixes colours from the channels, clamped', () => {
		const latent = Float32Array.of(-1, 0.5, 0, 9);
		expect([...latentPreview(latent, shape, factors)]).toEqual([
			...[0, 128, 255, 255],
			...[191, 0, 255, 255],
		]);
	});

	it('refuses what does not belong together', () => {
		expect(() => latentPreview(new Float32Array(3), shape, factors)).toThrow(RangeError);
		const three = { ...factors, matrix: [...factors.matrix, [0, 0, 0] as const] };
		expect(() => latentPreview(new Float32Array(4), shape, three)).toThrow(RangeError);
	});

	it('costs little more than the multiplications that it takes', () => {
		const channels = 16;
		const large = { channels, height: 128, width: 128 };
		const latent = torchRandn(2, channels * 128 * 128);
		const matrix = Array.from({ length: channels }, () => [0.3, -0.2, 0.1] as const);
		const sums = new Float32Array(3 * 128 * 128);
		const ratio = costRatio(
			() => latentPreview(latent, large, { matrix, bias: [0.1, -0.2, 0.3] }),
			() => {
				for (let channel = 0; channel < channels; channel++) {
					for (let i = 0; i < sums.length; i++) sums[i] += 0.5 * latent[i];
				}
			},
		);
		console.info(`preview of 1024x1024: ${ratio.toFixed(1)} times its multiplications`);
		expect(ratio).toBeLessThan(8);
	});
});
