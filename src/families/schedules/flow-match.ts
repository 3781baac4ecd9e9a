import { flowMatchEulerDiscrete } from './diffusers.ts';
import { flowCurve } from './sigma-curve.ts';

/** Noise levels are 1000 timesteps to the networks. */
export const TRAIN_STEPS = 1000;

/**
 * Uniform noise levels, shifted, with the f32 roundings of diffusers.
 *
 * @param steps whole number from 1
 * @param shift 1 leaves the levels uniform, more of it spends more steps on noisy latents
 * @returns `steps + 1` levels from 1 down to 0: step i goes from `[i]` to `[i + 1]`
 * Source: docs/spec/z-image-turbo.md, section 3
 */
export function flowMatchSchedule(steps: number, shift: number): Float32Array<ArrayBuffer> {
	if (!Number.isInteger(steps) || steps < 1) {
		throw new RangeError(`A schedule has a whole number of steps from 1, not ${steps}`);
	}
	return flowMatchEulerDiscrete(steps, flowCurve(shift));
}
