import { flowAncestralStep } from '../steps/ancestral-step.ts';
import { denoised, setCombination } from '../steps/combination.ts';
import type { Sampler } from './sampler.ts';

/** Euler's step further down than asked for, and new noise. */
export const EULER_ANCESTRAL: Sampler = {
	id: 'euler_ancestral',
	noise: 'stream',
	*integrate({ sigmas, latent, noise, eta, noiseScale, onStep }) {
		for (let step = 0; step < sigmas.length - 1; step++) {
			const [sigma, next] = sigmas.subarray(step);
			const slope = yield { x: latent, sigma };
			const data = denoised(latent, slope, sigma);
			if (next === 0) {
				latent.set(data);
			} else {
				const { down, keep, renew } = flowAncestralStep(sigma, next, eta);
				setCombination(latent, [down / sigma, latent], [1 - down / sigma, data]);
				if (eta > 0) {
					setCombination(latent, [keep, latent], [renew * noiseScale, noise.draw(sigma, next)]);
				}
			}
			onStep(step, slope);
		}
	},
};
