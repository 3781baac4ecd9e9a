export type Term = readonly [coefficient: number, values: Float32Array];

/** The sum of coefficient · values, in f64, rounded to f32 once. All terms are of one length. */
export function combination(...terms: readonly Term[]): Float32Array {
	const sum = new Float32Array(terms[0][1].length);
	setCombination(sum, ...terms);
	return sum;
}

/** As `combination`, written to `target`, which may be one of the terms. */
export function setCombination(target: Float32Array, ...terms: readonly Term[]): void {
	for (let i = 0; i < target.length; i++) {
		let sum = 0;
		for (const [coefficient, values] of terms) sum += coefficient * values[i];
		target[i] = sum;
	}
}

/** The data that x is expected to be made of: x - sigma · slope. */
export function denoised(x: Float32Array, slope: Float32Array, sigma: number): Float32Array {
	return combination([1, x], [-sigma, slope]);
}
