/** Of typed arrays, whose elements the compiler does not know to be there. */
export function at(values: Float32Array | Float64Array, index: number): number {
	return values[index] ?? NaN;
}

export function silu(x: number): number {
	return x / (1 + Math.exp(-x));
}

/** So many values: those given, over and over. */
export function repeated(values: Float64Array, count: number): Float64Array {
	const all = new Float64Array(count);
	for (let start = 0; start < count; start += values.length) {
		all.set(values.subarray(0, count - start), start);
	}
	return all;
}
