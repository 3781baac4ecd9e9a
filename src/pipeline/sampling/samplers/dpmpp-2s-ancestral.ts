import { flowAncestralStep } from '../steps/ancestral-step.ts';
import { combination, denoised, setCombination } from '../steps/combination.ts';
import { logSnr, sigmaOfLogSnr } from '../steps/log-snr.ts';
import type { Sampler } from './sampler.ts';

/** Second order by a look at the middle of the step in logSnr, and new noise. */
export const DPMPP_2S_ANCESTRAL: Sampler = {
	id: 'dpmpp_2s_ancestral',
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
				// logSnr is infinite at pure noise: the original takes a constant there.
				const middle = sigma === 1 ? 0.9999 : sigmaOfLogSnr((logSnr(sigma) + logSnr(down)) / 2);
				const x = combination([middle / sigma, latent], [1 - middle / sigma, data]);
				const middleData = denoised(x, yield { x, sigma: middle }, middle);
				setCombination(latent, [down / sigma, latent], [1 - down / sigma, middleData]);
				if (eta > 0) {
					setCombination(latent, [keep, latent], [renew * noiseScale, noise.draw(sigma, next)]);
				}
			}
			onStep(step, slope);
		}
	},
};
