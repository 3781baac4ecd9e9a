import type { PictureSize } from '../../recipe/capabilities.ts';
import type { SigmaCurve } from './sigma-curve.ts';

/**
 * How noise levels are spread over the steps.
 *
 * @param steps whole number from 1
 * @returns falling f32 levels, usually one more than steps, the last 0
 * Source of all schedules: docs/spec/samplers.md, section 3
 */
export type Schedule = (
	steps: number,
	curve: SigmaCurve,
	size: PictureSize,
) => Float32Array<ArrayBuffer>;
