import { setCombination } from '../steps/combination.ts';
import { eulerStep } from './euler.ts';
import type { Sampler } from './sampler.ts';

const MOST_SLOPES = 3;
/** Points at which the original sums up its integrand, both ends included. */
const POINTS = 10_000;

const LEAST = Math.log(0.002 ** 2 + 1);
const MOST = Math.log(80 ** 2 + 1);
const EPSILON = 1e-3;
const BETA_DIFFERENCE = (2 * (LEAST / EPSILON - MOST)) / (EPSILON - 1);
const BETA_LEAST = MOST - BETA_DIFFERENCE / 2;

/** Diffusion exponential integrator: the polynomial through the last three slopes, weighted by the noise. */
export const DEIS: Sampler = {
	id: 'deis',
	*integrate({ sigmas, latent, onStep }) {
		/** The newest first. */
		const slopes: Float32Array[] = [];
		for (let step = 0; step < sigmas.length - 1; step++) {
			const [sigma, next] = sigmas.subarray(step);
			const slope = yield { x: latent, sigma };
			slopes.unshift(slope);
			slopes.splice(MOST_SLOPES);
			if (slopes.length === 1 || next === 0) {
				eulerStep(latent, slope, sigma, next);
			} else {
				const nodes = slopes.map((_, j) => timeOf(sigmas[step - j]));
				const weights = weightsOf(nodes, timeOf(next));
				const terms = slopes.map((values, j) => [weights[j], values] as const);
				setCombination(latent, [1, latent], ...terms);
			}
			onStep(step, slope);
		}
	},
};

function timeOf(sigma: number): number {
	const spread = BETA_LEAST ** 2 + 2 * BETA_DIFFERENCE * Math.log(sigma ** 2 + 1);
	return (Math.sqrt(spread) - BETA_LEAST) / BETA_DIFFERENCE;
}

function weightsOf(nodes: readonly number[], end: number): readonly number[] {
	const sums = nodes.map(() => 0);
	const [start] = nodes;
	for (let k = 0; k < POINTS; k++) {
		const time = start + ((end - start) * k) / (POINTS - 1);
		const alpha = Math.exp(-0.5 * BETA_DIFFERENCE * time ** 2 - BETA_LEAST * time);
		const integrand =
			(0.5 * (BETA_DIFFERENCE * time + BETA_LEAST)) / Math.sqrt(alpha * (1 - alpha));
		for (const j of nodes.keys()) {
			let value = integrand;
			for (const [m, node] of nodes.entries()) {
				if (m !== j) value *= (time - node) / (nodes[j] - node);
			}
			sums[j] += value;
		}
	}
	return sums.map((sum) => ((end - start) / POINTS) * sum);
}
