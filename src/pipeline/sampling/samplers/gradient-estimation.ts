import { setCombination } from '../steps/combination.ts';
import { eulerStep } from './euler.ts';
import type { Sampler } from './sampler.ts';

/** Euler's step, by a slope extrapolated from the last two. */
export const GRADIENT_ESTIMATION: Sampler = {
	id: 'gradient_estimation',
	*integrate({ sigmas, latent, onStep }) {
		let before: Float32Array | undefined;
		for (let step = 0; step < sigmas.length - 1; step++) {
			const [sigma, next] = sigmas.subarray(step);
			const slope = yield { x: latent, sigma };
			if (before === undefined || next === 0) {
				eulerStep(latent, slope, sigma, next);
			} else {
				const width = next - sigma;
				setCombination(latent, [1, latent], [2 * width, slope], [-width, before]);
			}
			before = slope;
			onStep(step, slope);
		}
	},
};
