import type { Sampler } from './samplers/sampler.ts';

export interface SigmasAsked {
	/** The schedule's levels for a number of steps. */
	readonly schedule: (steps: number) => Float32Array<ArrayBuffer>;
	readonly sampler: Pick<Sampler, 'dropsPenultimate'>;
	/** Evaluations of Euler's rule. */
	readonly steps: number;
	/** As ComfyUI's `denoise`: below 1 the steps are the last of a longer schedule. */
	readonly denoise?: number;
}

/** From here on ComfyUI takes the whole schedule. */
const WHOLE = 0.9999;

/**
 * The noise levels that a sampler goes through, as ComfyUI's KSampler makes them.
 *
 * @returns falling levels; empty where nothing is to be drawn
 * Source: docs/spec/samplers.md, section 3
 */
export function samplingSigmas(asked: SigmasAsked): Float32Array<ArrayBuffer> {
	const { steps, denoise = 1 } = asked;
	if (denoise <= 0) return new Float32Array();
	if (denoise > WHOLE) return wholeSchedule(asked, steps);
	return wholeSchedule(asked, Math.trunc(steps / denoise)).slice(-(steps + 1));
}

function wholeSchedule(
	{ schedule, sampler }: SigmasAsked,
	steps: number,
): Float32Array<ArrayBuffer> {
	if (sampler.dropsPenultimate !== true) return schedule(steps);
	const sigmas = schedule(steps + 1);
	return Float32Array.of(...sigmas.subarray(0, -2), sigmas[sigmas.length - 1]);
}
