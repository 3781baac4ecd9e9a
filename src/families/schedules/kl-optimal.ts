import { linspace } from './linspace.ts';
import type { Schedule } from './schedule.ts';
import { rangeOf } from './sigma-curve.ts';

/** Evenly spaced in the arc tangent. */
export const klOptimal: Schedule = (steps, curve) => {
	const { least, most } = rangeOf(curve);
	const angles = linspace(Math.atan(most), Math.atan(least), steps);
	return Float32Array.of(...angles.map(Math.tan), 0);
};
