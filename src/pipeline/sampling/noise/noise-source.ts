/** Where a sampler gets the noise that it adds. */
export interface NoiseSource {
	/**
	 * Normal deviates, mean 0 and deviation 1, of the latent's length.
	 *
	 * @param sigma noise level that the latent comes from
	 * @param next noise level that it goes to, below `sigma`; streams do not look at either
	 */
	draw(sigma: number, next: number): Float32Array;
}

/** For samplers that add none. */
export const NO_NOISE: NoiseSource = {
	draw() {
		throw new RangeError('This sampler was given no noise');
	},
};
