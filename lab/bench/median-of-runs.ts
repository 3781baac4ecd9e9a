/** A measurement shorter than this says more about submitting than about the work. */
const SHORTEST_MILLISECONDS = 20;
const MAX_REPETITIONS = 64;

/**
 * The median of `repeats` measurements, each of so many runs that it is long enough to mean something.
 *
 * @param run milliseconds for one run, of `count` in a row
 */
export async function medianOfRuns(
	repeats: number,
	run: (count: number) => Promise<number>,
): Promise<number> {
	const once = await run(1);
	const wanted = Math.ceil(SHORTEST_MILLISECONDS / Math.max(once, 0.01));
	const count = Math.max(1, Math.min(MAX_REPETITIONS, wanted));
	const times: number[] = [];
	for (let i = 0; i < repeats; i++) times.push(await run(count));
	return median(times);
}

export function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
