import { setCombination } from '../steps/combination.ts';
import type { Sampler } from './sampler.ts';

/** The formulas of variance-preserving models, as ComfyUI applies them to any. */
export const DDPM: Sampler = {
	id: 'ddpm',
	noise: 'stream',
	*integrate({ sigmas, latent, noise, onStep }) {
		for (let step = 0; step < sigmas.length - 1; step++) {
			const [sigma, next] = sigmas.subarray(step);
			const slope = yield { x: latent, sigma };
			const total = 1 / (sigma ** 2 + 1);
			const totalNext = 1 / (next ** 2 + 1);
			const alpha = total / totalNext;
			const scale = next > 0 ? Math.sqrt(1 + next ** 2) : 1;
			setCombination(
				latent,
				[scale / Math.sqrt(alpha * (1 + sigma ** 2)), latent],
				[(-scale * (1 - alpha)) / Math.sqrt((1 - total) * alpha), slope],
			);
			if (next > 0) {
				const deviation = Math.sqrt(((1 - alpha) * (1 - totalNext)) / (1 - total));
				setCombination(latent, [1, latent], [scale * deviation, noise.draw(sigma, next)]);
			}
			onStep(step, slope);
		}
	},
};
