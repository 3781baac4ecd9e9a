import { combination, denoised, setCombination } from '../steps/combination.ts';
import { logSnr, offsetFirstSigma, sigmaOfLogSnr } from '../steps/log-snr.ts';
import type { Integration, Sampler, Steps } from './sampler.ts';

/** Stochastic exponential integrator of two stages, the second at the middle of the step in logSnr. */
export const SEEDS_2: Sampler = {
	id: 'seeds_2',
	noise: 'stream',
	*integrate(integration) {
		yield* twoStages(integration, 0.5, (_e, _h, r) => 1 / (2 * r));
	},
};

/** The same with the second stage at the end of the step. */
export const EXP_HEUN_2_X0_SDE: Sampler = {
	id: 'exp_heun_2_x0_sde',
	noise: 'stream',
	*integrate(integration) {
		yield* twoStages(integration, 1, (e, h, r) => (e + h) / -h / r / e);
	},
};

/** Without noise. */
export const EXP_HEUN_2_X0: Sampler = {
	id: 'exp_heun_2_x0',
	*integrate(integration) {
		yield* EXP_HEUN_2_X0_SDE.integrate({ ...integration, eta: 0 });
	},
};

/**
 * @param r where in the step, in logSnr, the second stage is
 * @param weightOf of the second stage's data, of all data; e is exp(-h) - 1
 */
function* twoStages(
	{ sigmas: given, latent, noise, eta, noiseScale, sigmaAt, onStep }: Integration,
	r: number,
	weightOf: (e: number, h: number, r: number) => number,
): Steps {
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
			const middle = r === 1 ? next : sigmaOfLogSnr(lambda + r * h);
			const renews = eta > 0 && noiseScale > 0;
			const first = renews ? noise.draw(sigma, middle) : undefined;
			const firstDeviation = Math.sqrt(-Math.expm1(-2 * r * h * eta));

			const x = combination(
				[(middle / sigma) * Math.exp(-r * h * eta), latent],
				[-(1 - middle) * Math.expm1(-r * wide), data],
				...(first === undefined ? [] : [[middle * noiseScale * firstDeviation, first] as const]),
			);
			const second = denoised(x, yield { x, sigma: middle }, middle);

			const e = Math.expm1(-wide);
			const weight = weightOf(e, wide, r);
			setCombination(
				latent,
				[(next / sigma) * Math.exp(-h * eta), latent],
				[-(1 - next) * e * (1 - weight), data],
				[-(1 - next) * e * weight, second],
			);
			if (first !== undefined) {
				const q = (r - 1) * h * eta;
				setCombination(
					latent,
					[1, latent],
					[next * noiseScale * Math.exp(q) * firstDeviation, first],
					[next * noiseScale * Math.sqrt(-Math.expm1(2 * q)), noise.draw(middle, next)],
				);
			}
		}
		onStep(step, slope);
	}
}
