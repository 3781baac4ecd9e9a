import { exponentialSigmas } from './exponential.ts';
import { inverseIncompleteBeta } from './incomplete-beta.ts';
import { karrasSigmas } from './karras.ts';
import { linspace } from './linspace.ts';
import type { Schedule } from './schedule.ts';
import type { SigmaCurve } from './sigma-curve.ts';
import { rangeOf } from './sigma-curve.ts';

const RHO = 7;

/** What diffusers' pipelines do: even times from 1 down to 1/steps, shifted. */
export const flowMatchEulerDiscrete = (
	steps: number,
	{ sigmaAt }: SigmaCurve,
): Float32Array<ArrayBuffer> => {
	const times = Array.from({ length: steps }, (_, i) => 1 - i / steps);
	return Float32Array.of(...times.map(sigmaAt), 0);
};

/** What its scheduler does on its own: from 1 down to the least level, which is shifted again. */
export const flowMatchEulerTwice: Schedule = (steps, curve) => {
	const times = linspace(1, rangeOf(curve).least, steps);
	return Float32Array.of(...times.map(curve.sigmaAt), 0);
};

/** With `use_karras_sigmas`. */
export const flowMatchKarras: Schedule = (steps, curve) => {
	const { first, last } = ends(steps, curve);
	return karrasSigmas(steps, last, first, RHO);
};

/** With `use_exponential_sigmas`. */
export const flowMatchExponential: Schedule = (steps, curve) => {
	const { first, last } = ends(steps, curve);
	return exponentialSigmas(steps, last, first);
};

/** With `use_beta_sigmas`. */
export const flowMatchBeta: Schedule = (steps, curve) => {
	const { first, last } = ends(steps, curve);
	const quantiles = linspace(1, 0, steps).map((share) => inverseIncompleteBeta(share, 0.6, 0.6));
	return Float32Array.of(...quantiles.map((q) => last + q * (first - last)), 0);
};

function ends(steps: number, { sigmaAt }: SigmaCurve): { first: number; last: number } {
	return { first: sigmaAt(1), last: sigmaAt(1 / steps) };
}
