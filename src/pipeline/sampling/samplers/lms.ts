import { denoised, setCombination } from '../steps/combination.ts';
import type { Sampler } from './sampler.ts';

const MOST_SLOPES = 4;

/** Integrates the polynomial through the last four slopes. */
export const LMS: Sampler = {
	id: 'lms',
	*integrate({ sigmas, latent, onStep }) {
		/** The newest first. */
		const slopes: Float32Array[] = [];
		for (let step = 0; step < sigmas.length - 1; step++) {
			const [sigma, next] = sigmas.subarray(step);
			const slope = yield { x: latent, sigma };
			slopes.unshift(slope);
			slopes.splice(MOST_SLOPES);
			if (next === 0) {
				latent.set(denoised(latent, slope, sigma));
			} else {
				const nodes = slopes.map((_, j) => sigmas[step - j]);
				const terms = slopes.map(
					(values, j) => [lagrangeIntegral(nodes, j, next), values] as const,
				);
				setCombination(latent, [1, latent], ...terms);
			}
			onStep(step, slope);
		}
	},
};

/**
 * The integral from `nodes[0]` to `end` of the polynomial that is 1 at node j and 0 at all others. Gauss's
 * rule of two points is exact for four nodes.
 */
function lagrangeIntegral(nodes: readonly number[], j: number, end: number): number {
	const half = (end - nodes[0]) / 2;
	const middle = (end + nodes[0]) / 2;
	let sum = 0;
	for (const point of [-1 / Math.sqrt(3), 1 / Math.sqrt(3)]) {
		let value = half;
		for (const [m, node] of nodes.entries()) {
			if (m !== j) value *= (middle + half * point - node) / (nodes[j] - node);
		}
		sum += value;
	}
	return sum;
}
