import { attention } from './attention.ts';
import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';
import type { CheckTensors } from '../checks/check-tensors.ts';
import { repeated, softmaxSums } from '../checks/float64.ts';
import type { KernelCheck } from '../checks/kernel-check.ts';
import { tileChecks } from '../checks/tile-checks.ts';

interface AttentionExtents {
	readonly queries: number;
	readonly keys: number;
	/** They share keys and values. */
	readonly heads: number;
	readonly headDim: number;
}

/** More queries than half of the tallest tile, where its threads' other rows begin, and more keys than the widest. */
const [QUERIES, KEYS] = [66, 134];
/** After which q and the result repeat: the reference takes little time. Odd, unlike the extents of tiles. */
const DISTINCT_QUERIES = 3;
/** The kernel has a shader for heads of up to 64 features, and one for larger ones. */
const LARGE_HEADS: AttentionExtents = { queries: QUERIES, keys: KEYS, heads: 2, headDim: 128 };
const SMALL_HEADS: AttentionExtents = { queries: QUERIES, keys: KEYS, heads: 1, headDim: 64 };

/** Attention in every tile in use. */
export function attentionChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	// A software GPU compiles for seconds: one tile.
	const sizes = target.compilesSlowly ? [LARGE_HEADS] : [LARGE_HEADS, SMALL_HEADS];
	return sizes.flatMap((extents) => checksOf(extents, tensors, target));
}

function checksOf<Ref>(
	extents: AttentionExtents,
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	const { queries, keys, heads, headDim } = extents;
	const width = heads * headDim;
	const q = tensors.values(queries * width, DISTINCT_QUERIES * width);
	const k = tensors.values(keys * headDim);
	const v = tensors.values(keys * headDim);
	const [qBuffer, kBuffer, vBuffer] = [q, k, v].map((values) => tensors.upload(values));
	const scale = 1 / Math.sqrt(headDim);
	const distinct = softmaxSums(q.subarray(0, DISTINCT_QUERIES * width), k, v, scale, headDim);
	const expected = repeated(distinct, q.length);
	return tileChecks(attention, { kind: { headDim }, expected }, tensors, target, (output, cut) => {
		const inputs = { label: 'self-test attention', q: qBuffer, k: kBuffer, v: vBuffer };
		return attention.dispatches(
			{ ...inputs, output, ...extents, keyValueHeads: 1, scale, ...cut },
			target,
		);
	});
}
