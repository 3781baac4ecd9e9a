/**
 * Milliseconds of a typical step: the median without the first, which also compiles shaders and fills
 * the blocks that stay. Undefined where there is only a first.
 */
export function medianStep(stepMilliseconds: readonly number[]): number | undefined {
	const sorted = stepMilliseconds.slice(1).toSorted((a, b) => a - b);
	const middle = sorted.length / 2;
	const low = sorted[Math.ceil(middle) - 1];
	const high = sorted[Math.floor(middle)];
	return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
