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

/** x·weight. @param x [rows, depth] @param weight [depth, columns] */
export function product(x: Float32Array, weight: Float64Array, depth: number): Float64Array {
	const columns = weight.length / depth;
	const rows = x.length / depth;
	const sums = new Float64Array(rows * columns);
	for (let row = 0; row < rows; row++) {
		for (let k = 0; k < depth; k++) {
			const factor = at(x, row * depth + k);
			for (let column = 0; column < columns; column++) {
				sums[row * columns + column] += factor * at(weight, k * columns + column);
			}
		}
	}
	return sums;
}

/**
 * softmax(scale · q·kᵀ + mask)·v of heads that share k and v.
 *
 * @param q [heads, headDim]
 * @param k and v: [keys, headDim]
 * @param maskOf of a head and a key
 */
export function softmaxSums(
	q: Float32Array,
	k: Float32Array,
	v: Float32Array,
	scale: number,
	headDim: number,
	maskOf: (head: number, key: number) => number = () => 0,
): Float64Array {
	const keys = k.length / headDim;
	const sums = new Float64Array(q.length);
	const scores = new Float64Array(keys);
	for (let base = 0; base < q.length; base += headDim) {
		for (let key = 0; key < keys; key++) {
			let dot = 0;
			for (let d = 0; d < headDim; d++) dot += at(q, base + d) * at(k, key * headDim + d);
			scores[key] = dot * scale + maskOf(base / headDim, key);
		}
		const largest = scores.reduce((a, b) => Math.max(a, b));
		let total = 0;
		for (let key = 0; key < keys; key++) {
			const weight = Math.exp(at(scores, key) - largest);
			total += weight;
			for (let d = 0; d < headDim; d++) sums[base + d] += weight * at(v, key * headDim + d);
		}
		for (let d = 0; d < headDim; d++) sums[base + d] /= total;
	}
	return sums;
}

/** Rows divided by their root mean square. */
export function rmsNormalized(x: Float32Array, columns: number, epsilon: number): Float64Array {
	const normalized = new Float64Array(x);
	for (let start = 0; start < x.length; start += columns) {
		const row = normalized.subarray(start, start + columns);
		const squares = row.reduce((sum, value) => sum + value ** 2, 0);
		const scale = 1 / Math.sqrt(squares / columns + epsilon);
		for (const [i, value] of row.entries()) row[i] = value * scale;
	}
	return normalized;
}
