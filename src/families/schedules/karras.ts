import { linspace } from './linspace.ts';
import type { Schedule } from './schedule.ts';
import { rangeOf } from './sigma-curve.ts';

const RHO = 7;

/** Evenly spaced in the seventh root: many steps at low noise. */
export const karras: Schedule = (steps, curve) => {
	const { least, most } = rangeOf(curve);
	return karrasSigmas(steps, least, most, RHO);
};

/** @param rho 1 is even, more of it spends more steps at low noise */
export function karrasSigmas(
	steps: number,
	least: number,
	most: number,
	rho: number,
): Float32Array<ArrayBuffer> {
	const { fround } = Math;
	const root = (sigma: number): number => sigma ** (1 / rho);
	const first = fround(root(most));
	const width = fround(root(least) - root(most));
	// Rounded as torch rounds: noise that belongs to sigmas depends on their last bits.
	const roots = linspace(0, 1, steps).map((ramp) => fround(first + fround(fround(ramp) * width)));
	return Float32Array.of(...roots.map((value) => value ** rho), 0);
}
