import type { Sampler } from './sampler.ts';

const { fround } = Math;

/** Follows the slope of each noise level to the next. Source: docs/spec/z-image-turbo.md, section 3 */
export const EULER: Sampler = {
	id: 'euler',
	*integrate({ sigmas, latent, onStep }) {
		for (let step = 0; step < sigmas.length - 1; step++) {
			const slope = yield { x: latent, sigma: sigmas[step] };
			eulerStep(latent, slope, sigmas[step], sigmas[step + 1]);
			onStep(step, slope);
		}
	},
};

/** Another name for the same: DDIM differs only where a part of a picture is kept. */
export const DDIM: Sampler = { ...EULER, id: 'ddim' };

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
	for (let i = 0; i < latent.length; i++) latent[i] += fround(step * slope[i]);
}
