import { linspace } from './linspace.ts';
import type { Schedule } from './schedule.ts';
import { rangeOf } from './sigma-curve.ts';

/** Each level is the same share of the one before. */
export const exponential: Schedule = (steps, curve) => {
	const { least, most } = rangeOf(curve);
	return exponentialSigmas(steps, least, most);
};

export function exponentialSigmas(
	steps: number,
	least: number,
	most: number,
): Float32Array<ArrayBuffer> {
	const logarithms = linspace(Math.log(most), Math.log(least), steps);
	return Float32Array.of(...logarithms.map(Math.exp), 0);
}
