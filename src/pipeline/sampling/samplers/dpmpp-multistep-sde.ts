import { denoised, setCombination, type Term } from '../steps/combination.ts';
import { logSnr, offsetFirstSigma } from '../steps/log-snr.ts';
import type { Integration, Sampler, Steps } from './sampler.ts';

/** Terms that raise the order: of the step's h = (1 + eta) · width, the widths before, and all data. */
type Correction = (
	h: number,
	/** In logSnr, the newest first, the step's own included. */
	widths: readonly number[],
	/** The newest first. */
	data: readonly Float32Array[],
) => readonly Term[];

/** Second order, the difference weighted as at the middle of the step. */
export const DPMPP_2M_SDE: Sampler = {
	id: 'dpmpp_2m_sde',
	noise: 'brownian',
	*integrate(integration) {
		yield* multistepSde(integration, (h, widths, data) =>
			difference(-0.5 * Math.expm1(-h), widths, data),
		);
	},
};

/** Second order, the difference weighted as in Heun's rule. */
export const DPMPP_2M_SDE_HEUN: Sampler = {
	id: 'dpmpp_2m_sde_heun',
	noise: 'brownian',
	*integrate(integration) {
		yield* multistepSde(integration, (h, widths, data) =>
			difference(Math.expm1(-h) / h + 1, widths, data),
		);
	},
};

/** Third order. */
export const DPMPP_3M_SDE: Sampler = {
	id: 'dpmpp_3m_sde',
	noise: 'brownian',
	*integrate(integration) {
		yield* multistepSde(integration, (h, widths, data) => {
			const f2 = Math.expm1(-h) / h + 1;
			if (data.length < 3) return difference(f2, widths, data);
			const f3 = f2 / h - 0.5;
			const r0 = widths[1] / widths[0];
			const r1 = widths[2] / widths[0];
			// f2 · d1 - f3 · d2, where both are sums of the two differences between three data.
			const ofNewest = (f2 * (1 + r0 / (r0 + r1)) - f3 / (r0 + r1)) / r0;
			const ofOlder = ((-f2 * r0) / (r0 + r1) + f3 / (r0 + r1)) / r1;
			return [
				[ofNewest, data[0]],
				[ofOlder - ofNewest, data[1]],
				[-ofOlder, data[2]],
			];
		});
	},
};

function difference(
	weight: number,
	widths: readonly number[],
	data: readonly Float32Array[],
): readonly Term[] {
	if (data.length < 2) return [];
	const r = widths[1] / widths[0];
	return [
		[weight / r, data[0]],
		[-weight / r, data[1]],
	];
}

function* multistepSde(
	{ sigmas: given, latent, noise, eta, noiseScale, sigmaAt, onStep }: Integration,
	correction: Correction,
): Steps {
	const sigmas = offsetFirstSigma(given, sigmaAt);
	let data: readonly Float32Array[] = [];
	let widths: readonly number[] = [];
	for (let step = 0; step < sigmas.length - 1; step++) {
		const [sigma, next] = sigmas.subarray(step);
		const slope = yield { x: latent, sigma };
		data = [denoised(latent, slope, sigma), ...data.slice(0, 2)];
		if (next === 0) {
			latent.set(data[0]);
		} else {
			const width = logSnr(next) - logSnr(sigma);
			widths = [width, ...widths.slice(0, 2)];
			const h = (1 + eta) * width;
			setCombination(
				latent,
				[(next / sigma) * Math.exp(-width * eta), latent],
				[-(1 - next) * Math.expm1(-h), data[0]],
				...correction(h, widths, data).map(([c, values]): Term => [(1 - next) * c, values]),
			);
			if (eta > 0 && noiseScale > 0) {
				const deviation = next * noiseScale * Math.sqrt(-Math.expm1(-2 * width * eta));
				setCombination(latent, [1, latent], [deviation, noise.draw(sigma, next)]);
			}
		}
		onStep(step, slope);
	}
}
