import { combination, denoised, setCombination } from '../steps/combination.ts';
import { offsetFirstSigma } from '../steps/log-snr.ts';
import type { Sampler } from './sampler.ts';

/** Points at which the original sums up its integrals. */
const POINTS = 200;

/** Extended reverse-time SDE of third order. */
export const ER_SDE: Sampler = {
	id: 'er_sde',
	noise: 'stream',
	*integrate({ sigmas: given, latent, noise, noiseScale, sigmaAt, onStep }) {
		const sigmas = offsetFirstSigma(given, sigmaAt);
		const level = (step: number): number => sigmas[step] / (1 - sigmas[step]);
		let before: Float32Array | undefined;
		let firstBefore: Float32Array | undefined;
		for (let step = 0; step < sigmas.length - 1; step++) {
			const [sigma, next] = sigmas.subarray(step);
			const slope = yield { x: latent, sigma };
			const data = denoised(latent, slope, sigma);
			let first: Float32Array | undefined;
			if (next === 0) {
				latent.set(data);
			} else {
				const [l, lNext] = [level(step), level(step + 1)];
				const r = scaler(lNext) / scaler(l);
				const left = 1 - next;
				setCombination(latent, [(left / (1 - sigma)) * r, latent], [left * (1 - r), data]);
				const width = lNext - l;
				if (before !== undefined) {
					const gap = l - level(step - 1);
					first = combination([1 / gap, data], [-1 / gap, before]);
					const weight = left * (width + integral(l, lNext, () => 1) * scaler(lNext));
					setCombination(latent, [1, latent], [weight, first]);
				}
				if (first !== undefined && firstBefore !== undefined) {
					const gap = (l - level(step - 2)) / 2;
					const second = combination([1 / gap, first], [-1 / gap, firstBefore]);
					const sum = integral(l, lNext, (point) => point - l);
					const weight = left * (width ** 2 / 2 + sum * scaler(lNext));
					setCombination(latent, [1, latent], [weight, second]);
				}
				const deviation = Math.sqrt(lNext ** 2 - (l * r) ** 2) || 0;
				setCombination(
					latent,
					[1, latent],
					[left * noiseScale * deviation, noise.draw(sigma, next)],
				);
			}
			before = data;
			firstBefore = first;
			onStep(step, slope);
		}
	},
};

/** How much noise is taken away and put back. */
function scaler(level: number): number {
	return level * (Math.exp(level ** 0.3) + 10);
}

function integral(from: number, to: number, value: (point: number) => number): number {
	const width = (to - from) / POINTS;
	let sum = 0;
	for (let k = 0; k < POINTS; k++) {
		const point = to - k * width;
		sum -= (value(point) / scaler(point)) * width;
	}
	return sum;
}
