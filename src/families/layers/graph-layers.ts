import type { ValueName } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';

/** x / sqrt(mean(x²) + epsilon) · weight over the last axis, statistics in f32. */
export function rmsNorm(
	g: GraphBuilder,
	x: ValueName,
	tensor: string,
	features: number,
	epsilon: number,
): ValueName {
	return g.op('SimplifiedLayerNormalization', [x, g.weight(tensor, [features])], {
		axis: -1,
		epsilon: { float: epsilon },
	});
}

export function silu(g: GraphBuilder, x: ValueName): ValueName {
	return g.op('Mul', [x, g.op('Sigmoid', [x])]);
}

/** w2(SiLU(w1 x) · (w3 x)), no biases. x: [tokens, features]. */
export function swiGlu(
	g: GraphBuilder,
	x: ValueName,
	names: { readonly gate: string; readonly up: string; readonly down: string },
	features: number,
	hidden: number,
): ValueName {
	const gate = silu(g, g.linear(x, names.gate, features, hidden));
	const up = g.linear(x, names.up, features, hidden);
	return g.linear(g.op('Mul', [gate, up]), names.down, hidden, features);
}

export interface AttentionShape {
	readonly heads: number;
	readonly keyValueHeads: number;
	readonly headDim: number;
}

export interface RotaryOptions {
	/** True: pairs (2k, 2k+1), as the DiT. False: pairs (k, k + headDim/2), as Qwen. */
	readonly interleaved: boolean;
	/** [tokens, headDim/2] */
	readonly cos: ValueName;
	/** [tokens, headDim/2] */
	readonly sin: ValueName;
}

/** Per-head RMSNorm, then rotation by position. x: [tokens, heads·headDim], result [tokens, heads·headDim]. */
export function normalizeAndRotateHeads(
	g: GraphBuilder,
	x: ValueName,
	normTensor: string,
	heads: number,
	headDim: number,
	epsilon: number,
	rotary: RotaryOptions,
): ValueName {
	const perHead = g.reshape(x, [1, -1, heads, headDim]);
	const normalized = rmsNorm(g, perHead, normTensor, headDim, epsilon);
	const flat = g.reshape(normalized, [1, -1, heads * headDim]);
	// A single position id is an offset: the tables' rows are the tokens in order.
	const rotated = g.contribOp('RotaryEmbedding', [flat, g.integers([0]), rotary.cos, rotary.sin], {
		interleaved: rotary.interleaved ? 1 : 0,
	});
	return g.reshape(rotated, [-1, heads * headDim]);
}

/**
 * softmax(q·kᵀ/√headDim + mask)·v for each head; with fewer key/value heads than heads, query head h
 * reads key/value head floor(h / group).
 *
 * Spelled out instead of com.microsoft.MultiHeadAttention, whose flash-attention shader is silently
 * wrong (relative error 0.8) on adapters with subgroups of 4 or 8 and does not finish compiling on
 * lavapipe without them.
 *
 * q: [tokens, heads·headDim], k and v: [tokens, keyValueHeads·headDim], mask: [tokens, tokens],
 * result: [tokens, heads·headDim].
 */
export function attention(
	g: GraphBuilder,
	q: ValueName,
	k: ValueName,
	v: ValueName,
	shape: AttentionShape,
	mask?: ValueName,
): ValueName {
	const { heads, keyValueHeads, headDim } = shape;
	const group = heads / keyValueHeads;
	const scaled = g.op('Mul', [q, g.scalar(1 / Math.sqrt(headDim))]);
	const queries = g.op('Transpose', [g.reshape(scaled, [-1, keyValueHeads, group, headDim])], {
		perm: [1, 2, 0, 3],
	});
	const keys = g.op('Transpose', [g.reshape(k, [-1, keyValueHeads, 1, headDim])], {
		perm: [1, 2, 3, 0],
	});
	const values = g.op('Transpose', [g.reshape(v, [-1, keyValueHeads, 1, headDim])], {
		perm: [1, 2, 0, 3],
	});
	const scores = g.op('MatMul', [queries, keys]);
	const masked = mask === undefined ? scores : g.op('Add', [scores, mask]);
	const weights = g.op('Softmax', [masked], { axis: -1 });
	const perHead = g.op('MatMul', [weights, values]);
	const perToken = g.op('Transpose', [perHead], { perm: [2, 0, 1, 3] });
	return g.reshape(perToken, [-1, heads * headDim]);
}
