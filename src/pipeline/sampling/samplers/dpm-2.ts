import { flowAncestralStep } from '../steps/ancestral-step.ts';
import { combination, setCombination } from '../steps/combination.ts';
import { eulerStep } from './euler.ts';
import type { Sampler } from './sampler.ts';

/** Follows the slope at the geometric middle of a step. */
export const DPM_2: Sampler = {
	id: 'dpm_2',
	dropsPenultimate: true,
	*integrate(integration) {
		yield* DPM_2_ANCESTRAL.integrate({ ...integration, eta: 0 });
	},
};

/** Goes further down than asked for, by the slope at the middle, and adds new noise. */
export const DPM_2_ANCESTRAL: Sampler = {
	id: 'dpm_2_ancestral',
	noise: 'stream',
	dropsPenultimate: true,
	*integrate({ sigmas, latent, noise, eta, noiseScale, onStep }) {
		for (let step = 0; step < sigmas.length - 1; step++) {
			const [sigma, next] = sigmas.subarray(step);
			const slope = yield { x: latent, sigma };
			if (next === 0) {
				eulerStep(latent, slope, sigma, next);
			} else {
				const { down, keep, renew } = flowAncestralStep(sigma, next, eta);
				const middle = Math.sqrt(sigma * down);
				const x = combination([1, latent], [middle - sigma, slope]);
				const middleSlope = yield { x, sigma: middle };
				setCombination(latent, [1, latent], [down - sigma, middleSlope]);
				if (eta > 0) {
					setCombination(latent, [keep, latent], [renew * noiseScale, noise.draw(sigma, next)]);
				}
			}
			onStep(step, slope);
		}
	},
};
