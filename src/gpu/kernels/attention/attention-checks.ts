import { attention } from './attention.ts';
import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';
import type { CheckTensors } from '../checks/check-tensors.ts';
import { repeated, softmaxSums } from '../checks/float64.ts';
import type { KernelCheck } from '../checks/kernel-check.ts';
import { tileChecks } from '../checks/tile-checks.ts';

interface AttentionCase {
	readonly headDim: number;
	/** They share keys and values. */
	readonly heads: number;
	readonly isMasked?: boolean;
	/** Of the largest score, about. */
	readonly magnitude?: number;
	readonly tolerance?: number;
}

/** More queries than half of the tallest tile, where its threads' other rows begin, and more keys than the widest. */
const [QUERIES, KEYS] = [66, 134];
/** After which q and the result repeat: the reference takes little time. Odd, unlike the extents of tiles. */
const DISTINCT_QUERIES = 3;
/** The kernel has a shader for heads of up to 64 features, and one for larger ones. */
const LARGE_HEADS: AttentionCase = { headDim: 128, heads: 2 };
const SMALL_HEADS: AttentionCase = { headDim: 64, heads: 1 };
/** What exports of models mask with: log2(e) times as much is infinite. */
const LEAST_F32 = -3.4e38;
/** Of the last keys, which no query sees. */
const HIDDEN_KEYS = 6;
/** Scores of 10,000 are off by some 1e-3 in f32, and as much of a weight is another key's. */
const FAR = { magnitude: 1e4, tolerance: 5e-3 };

/** Attention in every tile in use. */
export function attentionChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	// A software GPU compiles for seconds: one tile.
	const cases = target.compilesSlowly
		? [LARGE_HEADS]
		: [
				...[LARGE_HEADS, SMALL_HEADS],
				{ ...LARGE_HEADS, isMasked: true },
				{ ...LARGE_HEADS, ...FAR },
			];
	return cases.flatMap((each) => checksOf(each, tensors, target));
}

function checksOf<Ref>(
	{ headDim, heads, isMasked = false, magnitude = 1, tolerance }: AttentionCase,
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	const width = heads * headDim;
	const q = tensors
		.values(QUERIES * width, DISTINCT_QUERIES * width)
		.map((value) => value * magnitude);
	const k = tensors.values(KEYS * headDim);
	const v = tensors.values(KEYS * headDim);
	const [qBuffer, kBuffer, vBuffer] = [q, k, v].map((values) => tensors.upload(values));
	const scale = 1 / Math.sqrt(headDim);
	const mask = isMasked ? maskValues() : undefined;
	const distinct = softmaxSums(
		...([q.subarray(0, DISTINCT_QUERIES * width), k, v, scale, headDim] as const),
		(head, key) => mask?.[Math.floor(head / heads) * KEYS + key] ?? 0,
	);
	const expected = repeated(distinct, q.length);
	const check = { kind: { headDim }, expected, ...(tolerance === undefined ? {} : { tolerance }) };
	const masked = mask === undefined ? {} : { mask: tensors.upload(mask) };
	const extents = { queries: QUERIES, keys: KEYS, heads, headDim, keyValueHeads: 1, scale };
	return tileChecks(attention, check, tensors, target, (output, cut) => {
		const inputs = { label: 'self-test attention', q: qBuffer, k: kBuffer, v: vBuffer };
		return attention.dispatches({ ...inputs, ...masked, output, ...extents, ...cut }, target);
	});
}

/** [queries, keys]: a query sees some first keys, others than the next query, and none of the last. */
function maskValues(): Float32Array<ArrayBuffer> {
	return Float32Array.from({ length: QUERIES * KEYS }, (_, i) => {
		const [query, key] = [Math.floor(i / KEYS), i % KEYS];
		const seen = 1 + ((query % DISTINCT_QUERIES) * (KEYS - HIDDEN_KEYS)) / DISTINCT_QUERIES;
		return key < seen ? -0.25 * (key % 4) : LEAST_F32;
	});
}
