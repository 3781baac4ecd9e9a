import { varianceExplodingStep } from '../steps/ancestral-step.ts';
import { combination, denoised, setCombination } from '../steps/combination.ts';
import { logSnr, offsetFirstSigma } from '../steps/log-snr.ts';
import type { Sampler } from './sampler.ts';

const { fround } = Math;

/** Two stages with noise from a Brownian motion, the second at the middle of the step in logSnr. */
export const DPMPP_SDE: Sampler = {
	id: 'dpmpp_sde',
	noise: 'brownian',
	*integrate({ sigmas: given, latent, noise, eta, noiseScale, sigmaAt, onStep }) {
		const sigmas = offsetFirstSigma(given, sigmaAt);
		for (let step = 0; step < sigmas.length - 1; step++) {
			const [sigma, next] = sigmas.subarray(step);
			const slope = yield { x: latent, sigma };
			const data = denoised(latent, slope, sigma);
			if (next === 0) {
				latent.set(data);
			} else {
				const lambda = logSnr(sigma);
				const middle = middleSigma(sigma, next);
				const toMiddle = varianceExplodingStep(Math.exp(-lambda), Math.exp(-logSnr(middle)), eta);
				const hMiddle = -Math.log(toMiddle.down) - lambda;
				const x = combination(
					[((1 - middle) / (1 - sigma)) * Math.exp(-hMiddle), latent],
					[-(1 - middle) * Math.expm1(-hMiddle), data],
					[(1 - middle) * noiseScale * toMiddle.renew, noise.draw(sigma, middle)],
				);
				const middleData = denoised(x, yield { x, sigma: middle }, middle);
				const toNext = varianceExplodingStep(Math.exp(-lambda), Math.exp(-logSnr(next)), eta);
				const h = -Math.log(toNext.down) - lambda;
				setCombination(
					latent,
					[((1 - next) / (1 - sigma)) * Math.exp(-h), latent],
					[-(1 - next) * Math.expm1(-h), middleData],
					[(1 - next) * noiseScale * toNext.renew, noise.draw(sigma, next)],
				);
			}
			onStep(step, slope);
		}
	},
};

/**
 * The middle of a step in logSnr, each operation rounded to f32: the Brownian motion is asked at this time,
 * and a time that rounds to another millionth gives other noise.
 */
function middleSigma(sigma: number, next: number): number {
	const lambda = (value: number): number => fround(Math.log(fround(fround(1 - value) / value)));
	const from = lambda(sigma);
	const middle = fround(from + fround(fround(lambda(next) - from) * 0.5));
	return fround(1 / fround(1 + fround(Math.exp(middle))));
}
