import type { Integration, Sampler } from './sampler.ts';

/** A slope that a sampler will ask for. */
export interface PlannedEvaluation {
	readonly sigma: number;
	/** Of the sampler's steps the one that it belongs to, counted from 0. */
	readonly step: number;
}

/** All that a sampler will ask for, in order: found by letting it integrate a latent of no values. */
export function evaluationsOf(
	sampler: Pick<Sampler, 'integrate'>,
	sigmas: Float32Array,
	options: Pick<Integration, 'sigmaAt' | 'eta'>,
): readonly PlannedEvaluation[] {
	const nothing = new Float32Array();
	let done = 0;
	const steps = sampler.integrate({
		...options,
		sigmas,
		latent: nothing,
		noise: { draw: () => nothing },
		noiseScale: 1,
		onStep: () => done++,
	});
	const evaluations: PlannedEvaluation[] = [];
	for (let asked = steps.next(); asked.done !== true; asked = steps.next(nothing)) {
		evaluations.push({ sigma: asked.value.sigma, step: done });
	}
	return evaluations;
}
