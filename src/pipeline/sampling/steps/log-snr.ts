/** Half the logarithm of the signal-to-noise ratio of a flow-matching latent. Infinite at 0 and 1. */
export function logSnr(sigma: number): number {
	return Math.log((1 - sigma) / sigma);
}

/** The noise level of a `logSnr`. */
export function sigmaOfLogSnr(lambda: number): number {
	return 1 / (1 + Math.exp(lambda));
}

/** Samplers in logSnr cannot start at pure noise: a sigma of 1 becomes a little less. */
export function offsetFirstSigma(
	sigmas: Float32Array,
	sigmaAt: (progress: number) => number,
): Float32Array {
	const offset = sigmas.slice();
	if (offset[0] >= 1) offset[0] = sigmaAt(0.9999);
	return offset;
}
