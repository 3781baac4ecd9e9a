import type { PictureSize } from '../../recipe/capabilities.ts';
import type { RecipeOptions } from '../../recipe/recipe-settings.ts';
import { findSchedule } from './find-schedule.ts';
import { flowCurve } from './sigma-curve.ts';

/** What a recipe says of it, where it does not leave it to the model. */
export type ScheduleChoice = Pick<RecipeOptions, 'schedule' | 'shift'>;

/** The noise levels of a model's pictures. */
export interface NoiseSchedule {
	/**
	 * @param steps whole number from 1
	 * @returns falling levels, usually one more than steps, the last 0
	 */
	readonly sigmas: (
		steps: number,
		size: PictureSize,
		choice: ScheduleChoice,
	) => Float32Array<ArrayBuffer>;
	/** @param time from 0, data, to 1, noise */
	readonly sigmaAt: (time: number, size: PictureSize, choice: ScheduleChoice) => number;
}

/**
 * Of flow-matching models.
 *
 * @param ownSchedule what the model was made for, by name
 * @param ownShift the same, perhaps of the picture's size
 */
export function flowSchedule(
	ownSchedule: string,
	ownShift: number | ((size: PictureSize) => number),
): NoiseSchedule {
	const curveOf = (size: PictureSize, { shift }: ScheduleChoice) =>
		flowCurve(shift ?? (typeof ownShift === 'number' ? ownShift : ownShift(size)));
	return {
		sigmas: (steps, size, choice) =>
			findSchedule(choice.schedule ?? ownSchedule)(steps, curveOf(size, choice), size),
		sigmaAt: (time, size, choice) => curveOf(size, choice).exactSigmaAt(time),
	};
}
