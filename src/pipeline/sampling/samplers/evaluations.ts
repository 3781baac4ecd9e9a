import type { Integration, Sampler } from './sampler.ts';

/**
 * The noise levels at which a sampler will ask for a slope, in order: found by letting it integrate a
 * latent of no values.
 */
export function evaluationsOf(
	sampler: Pick<Sampler, 'integrate'>,
	sigmas: Float32Array,
	{ sigmaAt, eta }: Pick<Integration, 'sigmaAt' | 'eta'>,
): readonly number[] {
	const nothing = new Float32Array();
	const steps = sampler.integrate({
		sigmas,
		latent: nothing,
		noise: { draw: () => nothing },
		eta,
		noiseScale: 1,
		sigmaAt,
		onStep: () => undefined,
	});
	const evaluations: number[] = [];
	for (let asked = steps.next(); asked.done !== true; asked = steps.next(nothing)) {
		evaluations.push(asked.value.sigma);
	}
	return evaluations;
}
