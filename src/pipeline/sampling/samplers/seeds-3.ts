import { combination, denoised, setCombination } from '../steps/combination.ts';
import { logSnr, offsetFirstSigma, sigmaOfLogSnr } from '../steps/log-snr.ts';
import type { Sampler } from './sampler.ts';

const R1 = 1 / 3;
const R2 = 2 / 3;

/** Stochastic exponential integrator of three stages, at the thirds of the step in logSnr. */
export const SEEDS_3: Sampler = {
	id: 'seeds_3',
	noise: 'stream',
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
				const h = logSnr(next) - lambda;
				const wide = (1 + eta) * h;
				const s1 = sigmaOfLogSnr(lambda + R1 * h);
				const s2 = sigmaOfLogSnr(lambda + R2 * h);
				const renews = eta > 0 && noiseScale > 0;
				/** The noise so far, of the deviation that the stage has. */
				let carried: Float32Array = new Float32Array(latent.length);
				const carry = (q: number, from: number, to: number): void => {
					if (!renews) return;
					const fresh = Math.sqrt(-Math.expm1(2 * q));
					carried = combination([Math.exp(q), carried], [fresh, noise.draw(from, to)]);
				};

				carry(-R1 * h * eta, sigma, s1);
				const x2 = combination(
					[(s1 / sigma) * Math.exp(-R1 * h * eta), latent],
					[-(1 - s1) * Math.expm1(-R1 * wide), data],
					[s1 * noiseScale, carried],
				);
				const data2 = denoised(x2, yield { x: x2, sigma: s1 }, s1);

				carry((R1 - R2) * h * eta, s1, s2);
				const c2 = 2 * phi(-R2 * wide);
				const c1 = Math.expm1(-R2 * wide) - c2;
				const x3 = combination(
					[(s2 / sigma) * Math.exp(-R2 * h * eta), latent],
					[-(1 - s2) * c1, data],
					[-(1 - s2) * c2, data2],
					[s2 * noiseScale, carried],
				);
				const data3 = denoised(x3, yield { x: x3, sigma: s2 }, s2);

				carry((R2 - 1) * h * eta, s2, next);
				const b3 = phi(-wide) / R2;
				const b1 = Math.expm1(-wide) - b3;
				setCombination(
					latent,
					[(next / sigma) * Math.exp(-h * eta), latent],
					[-(1 - next) * b1, data],
					[-(1 - next) * b3, data3],
					[next * noiseScale, carried],
				);
			}
			onStep(step, slope);
		}
	},
};

function phi(y: number): number {
	return (Math.expm1(y) - y) / y;
}
