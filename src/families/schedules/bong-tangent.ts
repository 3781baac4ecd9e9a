import type { Schedule } from './schedule.ts';

/** Where the first half ends, of all steps. */
const PIVOT = 0.6;
const SLOPE = 0.2;
/** Steps for which the slope was chosen. */
const SLOPE_STEPS = 40;

/** RES4LYF's: two arc tangents, joined at half the noise. The shift does not enter. */
export const bongTangent: Schedule = (steps) => {
	const count = steps + 2;
	const pivot = Math.trunc(PIVOT * count);
	const slope = (SLOPE * SLOPE_STEPS) / count;
	const first = arc(pivot, pivot, slope, 1, 0.5);
	const second = arc(count - pivot, 0, slope, 0.5, 0);
	return Float32Array.of(...first.slice(0, -1), ...second);
};

/** An arc tangent around `centre`, stretched to go from `start` to `end` in `count` values. */
function arc(count: number, centre: number, slope: number, start: number, end: number): number[] {
	const at = (x: number): number => 0.5 + Math.atan(-slope * (x - centre)) / Math.PI;
	const [high, low] = [at(0), at(count - 1)];
	return Array.from({ length: count }, (_, x) => {
		return ((at(x) - low) / (high - low)) * (start - end) + end;
	});
}
