/** Evenly spaced values with both ends, as torch has them: from either end to the middle. */
export function linspace(from: number, to: number, count: number): number[] {
	const step = (to - from) / (count - 1);
	return Array.from({ length: count }, (_, i) => {
		if (count === 1) return from;
		return i < count / 2 ? from + step * i : to - step * (count - 1 - i);
	});
}
