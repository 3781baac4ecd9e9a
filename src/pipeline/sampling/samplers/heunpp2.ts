import { combination, setCombination } from '../steps/combination.ts';
import { eulerStep } from './euler.ts';
import type { Sampler } from './sampler.ts';

/** Heun's mean over up to three noise levels, weighted by them. */
export const HEUNPP2: Sampler = {
	id: 'heunpp2',
	*integrate({ sigmas, latent, onStep }) {
		const last = sigmas[sigmas.length - 1];
		for (let step = 0; step < sigmas.length - 1; step++) {
			const [sigma, next, afterNext] = sigmas.subarray(step);
			const width = next - sigma;
			const first = yield { x: latent, sigma };
			if (next === last) {
				eulerStep(latent, first, sigma, next);
			} else {
				const x2 = combination([1, latent], [width, first]);
				const second = yield { x: x2, sigma: next };
				if (afterNext === last) {
					const weight = next / (2 * sigmas[0]);
					setCombination(
						latent,
						[1, latent],
						[width * (1 - weight), first],
						[width * weight, second],
					);
				} else {
					const x3 = combination([1, x2], [afterNext - next, second]);
					const third = yield { x: x3, sigma: afterNext };
					const w2 = next / (3 * sigmas[0]);
					const w3 = afterNext / (3 * sigmas[0]);
					setCombination(
						latent,
						[1, latent],
						[width * (1 - w2 - w3), first],
						[width * w2, second],
						[width * w3, third],
					);
				}
			}
			onStep(step, first);
		}
	},
};
