export interface AttentionShape {
	readonly queries: number;
	readonly keys: number;
	readonly heads: number;
	readonly keyValueHeads: number;
	readonly headDim: number;
}

/** softmax(q·kᵀ / √headDim + mask)·v of each head in float64. */
export function attentionReference(
	q: Float32Array,
	k: Float32Array,
	v: Float32Array,
	mask: Float32Array | undefined,
	{ queries, keys, heads, keyValueHeads, headDim }: AttentionShape,
): Float64Array {
	const y = new Float64Array(queries * heads * headDim);
	for (let head = 0; head < heads; head++) {
		const keyHead = Math.floor((head * keyValueHeads) / heads);
		for (let row = 0; row < queries; row++) {
			const scores = Float64Array.from({ length: keys }, (_, key) => {
				let dot = 0;
				for (let d = 0; d < headDim; d++) {
					dot +=
						q[(row * heads + head) * headDim + d] *
						k[(key * keyValueHeads + keyHead) * headDim + d];
				}
				return dot / Math.sqrt(headDim) + (mask?.[row * keys + key] ?? 0);
			});
			const largest = scores.reduce((a, b) => Math.max(a, b));
			const weights = scores.map((score) => Math.exp(score - largest));
			const sum = weights.reduce((a, b) => a + b);
			for (const [key, weight] of weights.entries()) {
				for (let d = 0; d < headDim; d++) {
					y[(row * heads + head) * headDim + d] +=
						(weight / sum) * v[(key * keyValueHeads + keyHead) * headDim + d];
				}
			}
		}
	}
	return y;
}
