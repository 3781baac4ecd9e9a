import { denoised, setCombination } from '../steps/combination.ts';
import type { Sampler } from './sampler.ts';

/** Takes the expected data and puts all noise on it anew. */
export const LCM: Sampler = {
	id: 'lcm',
	noise: 'stream',
	*integrate({ sigmas, latent, noise, onStep }) {
		for (let step = 0; step < sigmas.length - 1; step++) {
			const [sigma, next] = sigmas.subarray(step);
			const slope = yield { x: latent, sigma };
			latent.set(denoised(latent, slope, sigma));
			if (next > 0) setCombination(latent, [next, noise.draw(sigma, next)], [1 - next, latent]);
			onStep(step, slope);
		}
	},
};
