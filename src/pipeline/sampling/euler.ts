import type { Sampler } from './sampler.ts';

const { fround } = Math;

/**
 * Follows the slope of each noise level to the next, in f32 on the CPU: a step's latent is at most 1 MB for
 * 1024x1024. Source: docs/spec/z-image-turbo.md, section 3
 */
export const EULER: Sampler = {
	id: 'euler',
	evaluations: (sigmas) => [...sigmas.subarray(0, -1)],
	async integrate({ sigmas, latent, slope, onStep }) {
		for (let step = 0; step < sigmas.length - 1; step++) {
			const direction = await slope(latent);
			eulerStep(latent, direction, sigmas[step], sigmas[step + 1]);
			onStep(step, direction);
		}
	},
};

/**
 * One Euler step in place, each operation rounded to f32: latent += (sigmaNext - sigma) * slope.
 *
 * @param latent f32 values, changed
 * @param slope as many f32 values
 */
export function eulerStep(
	latent: Float32Array,
	slope: Float32Array,
	sigma: number,
	sigmaNext: number,
): void {
	if (latent.length !== slope.length) {
		throw new RangeError(`slope has ${slope.length} values, latent ${latent.length}`);
	}
	const step = fround(sigmaNext - sigma);
	for (let i = 0; i < latent.length; i++) {
		latent[i] = (latent[i] ?? 0) + fround(step * (slope[i] ?? 0));
	}
}
