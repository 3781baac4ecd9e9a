import type { PictureSize } from '../../../recipe/capabilities.ts';
import type { Sampler } from '../samplers/sampler.ts';
import type { Schedule } from './schedule.ts';
import type { SigmaCurve } from './sigma-curve.ts';

export interface SigmasAsked {
	readonly schedule: Schedule;
	readonly curve: SigmaCurve;
	readonly sampler: Pick<Sampler, 'dropsPenultimate' | 'lastSigma'>;
	readonly size: PictureSize;
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
 */
export function samplingSigmas(asked: SigmasAsked): Float32Array<ArrayBuffer> {
	const { steps, denoise = 1 } = asked;
	if (denoise <= 0) return new Float32Array();
	if (denoise > WHOLE) return wholeSchedule(asked, steps);
	return wholeSchedule(asked, Math.trunc(steps / denoise)).slice(-(steps + 1));
}

function wholeSchedule(
	{ schedule, curve, sampler, size }: SigmasAsked,
	steps: number,
): Float32Array<ArrayBuffer> {
	if (sampler.dropsPenultimate !== true) return schedule(steps, curve, size);
	const sigmas = schedule(steps + 1, curve, size);
	return Float32Array.of(...sigmas.subarray(0, -2), sigmas[sigmas.length - 1]);
}
