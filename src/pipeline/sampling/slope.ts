import type { Prediction } from '../../families/parts/denoiser.ts';

/**
 * dx/dsigma from what a network predicted: what samplers work with, whatever the network predicts.
 *
 * @param x the latent that the network saw
 * @param sigma its noise level
 */
export function slopeOf(
	predicts: Prediction,
	prediction: Float32Array,
	x: Float32Array,
	sigma: number,
): Float32Array {
	switch (predicts) {
		case 'velocity':
		case 'noise':
			return prediction;
		case 'sample':
			return prediction.map((data, i) => (x[i] - data) / sigma);
	}
}
