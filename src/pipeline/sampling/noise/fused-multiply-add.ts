const { fround } = Math;

/**
 * a * b + c with a single rounding to f32, as a CPU's FMA instruction gives it.
 *
 * All three are f32 values. The product of two f32 is exact in a double, so only the sum rounds, first
 * to a double and then to f32. Rounding twice goes wrong only when the double lands halfway between two f32.
 */
export function fusedMultiplyAdd(a: number, b: number, c: number): number {
	const product = a * b;
	const sum = product + c;
	const rounded = fround(sum);
	const rest = sum - rounded;
	const other = sum + rest;
	// Only for a halfway sum is its mirror image an f32 too.
	if (rest === 0 || fround(other) !== other) return rounded;
	// What the addition lost (Knuth's two-sum) says on which side of the middle the true value lies.
	const added = sum - product;
	const lost = product - (sum - added) + (c - added);
	return lost !== 0 && lost > 0 === rest > 0 ? other : rounded;
}
