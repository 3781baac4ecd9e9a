import { varianceExplodingStep } from '../steps/ancestral-step.ts';
import { denoised, setCombination } from '../steps/combination.ts';
import { eulerStep } from './euler.ts';
import type { Sampler } from './sampler.ts';

/** Exponential integrator of second order; the one of ComfyUI's template for Z-Image-Turbo. */
export const RES_MULTISTEP: Sampler = {
	id: 'res_multistep',
	*integrate(integration) {
		yield* RES_MULTISTEP_ANCESTRAL.integrate({ ...integration, eta: 0 });
	},
};

/** The same, further down than asked for, and new noise. */
export const RES_MULTISTEP_ANCESTRAL: Sampler = {
	id: 'res_multistep_ancestral',
	noise: 'stream',
	*integrate({ sigmas, latent, noise, eta, noiseScale, onStep }) {
		let before: { readonly data: Float32Array; readonly down: number } | undefined;
		for (let step = 0; step < sigmas.length - 1; step++) {
			const [sigma, next] = sigmas.subarray(step);
			const { down, renew } = varianceExplodingStep(sigma, next, eta);
			const slope = yield { x: latent, sigma };
			const data = denoised(latent, slope, sigma);
			if (before === undefined || down === 0) {
				eulerStep(latent, slope, sigma, down);
			} else {
				const h = Math.log(sigma / down);
				const c = Math.log(before.down / sigmas[step - 1]) / h;
				const phi1 = Math.expm1(-h) / -h;
				const b2 = finite((phi1 - 1) / -h / c);
				const b1 = finite(phi1 - b2);
				setCombination(latent, [Math.exp(-h), latent], [h * b1, data], [h * b2, before.data]);
			}
			if (next > 0 && eta > 0) {
				setCombination(latent, [1, latent], [renew * noiseScale, noise.draw(sigma, next)]);
			}
			before = { data, down };
			onStep(step, slope);
		}
	},
};

function finite(value: number): number {
	return Number.isFinite(value) ? value : 0;
}
