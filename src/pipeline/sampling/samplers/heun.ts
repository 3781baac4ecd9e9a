import { combination, setCombination } from '../steps/combination.ts';
import { eulerStep } from './euler.ts';
import type { Sampler } from './sampler.ts';

/** Follows the mean of the slopes at both ends of a step. */
export const HEUN: Sampler = {
	id: 'heun',
	*integrate({ sigmas, latent, onStep }) {
		for (let step = 0; step < sigmas.length - 1; step++) {
			const [sigma, next] = sigmas.subarray(step);
			const slope = yield { x: latent, sigma };
			if (next === 0) {
				eulerStep(latent, slope, sigma, next);
			} else {
				const end = combination([1, latent], [next - sigma, slope]);
				const endSlope = yield { x: end, sigma: next };
				const half = (next - sigma) / 2;
				setCombination(latent, [1, latent], [half, slope], [half, endSlope]);
			}
			onStep(step, slope);
		}
	},
};
