import { denoised, setCombination } from '../steps/combination.ts';
import type { Sampler } from './sampler.ts';

/** Second order by the expected data of the step before. */
export const DPMPP_2M: Sampler = {
	id: 'dpmpp_2m',
	*integrate({ sigmas, latent, onStep }) {
		let before: Float32Array | undefined;
		for (let step = 0; step < sigmas.length - 1; step++) {
			const [sigma, next] = sigmas.subarray(step);
			const slope = yield { x: latent, sigma };
			const data = denoised(latent, slope, sigma);
			const ratio = next / sigma;
			if (before === undefined || next === 0) {
				setCombination(latent, [ratio, latent], [1 - ratio, data]);
			} else {
				const r = Math.log(sigmas[step - 1] / sigma) / Math.log(sigma / next);
				const weight = 1 / (2 * r);
				setCombination(
					latent,
					[ratio, latent],
					[(1 - ratio) * (1 + weight), data],
					[-(1 - ratio) * weight, before],
				);
			}
			before = data;
			onStep(step, slope);
		}
	},
};
