import type { CheckTensors } from '../checks/check-tensors.ts';
import { repeated, softmaxSums } from '../checks/float64.ts';
import type { KernelCheck } from '../checks/kernel-check.ts';
import { tileChecks } from '../checks/tile-checks.ts';
import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { matrixAttention } from './matrix-attention.ts';
import { halvesBytes, rowHalves } from './row-halves.ts';

const [QUERIES, KEYS, HEADS] = [130, 70, 2];
/** Each is another shader. */
const HEAD_DIMS = [128, 64];
const DISTINCT_QUERIES = 3;
/** Of v: FP16 ends at 65504. */
const MAGNITUDE = 2 ** 18;
/** By which the last key is longer than the first: its score passes the reference that the first keys set. */
const GROWTH = 24;
/** Factors and weights of the softmax are rounded to 11 bits, scores of some 20 by an absolute error. */
const TOLERANCE = 5e-3;

/** Halves of heads, then attention on matrix units, in every tile in use. */
export function matrixAttentionChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	return HEAD_DIMS.flatMap((headDim) => checksOf(headDim, tensors, target));
}

function checksOf<Ref>(
	headDim: number,
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	const { matrices } = target;
	if (matrices === undefined) return [];
	const label = 'self-test matrix attention';
	const width = HEADS * headDim;
	const q = tensors.values(QUERIES * width, DISTINCT_QUERIES * width);
	const growth = (element: number): number => 1 + (GROWTH * Math.floor(element / headDim)) / KEYS;
	const k = tensors.values(KEYS * headDim).map((value, i) => value * growth(i));
	const v = tensors.values(KEYS * headDim).map((value) => value * MAGNITUDE);
	const scale = 1 / Math.sqrt(headDim);
	const distinct = softmaxSums(q.subarray(0, DISTINCT_QUERIES * width), k, v, scale, headDim);
	const made = [
		{ values: q, rows: QUERIES, parts: HEADS },
		{ values: k, rows: KEYS, parts: 1 },
		{ values: v, rows: KEYS, parts: 1 },
	].map(({ values, rows, parts }) => {
		const halves = tensors.scratch(halvesBytes(rows, parts * headDim) / 4);
		const scales = tensors.scratch(rows * parts);
		const x = tensors.upload(values);
		const all = { label, x, halves, scales, rows, parts, depth: headDim };
		return { halves, scales, dispatches: rowHalves.dispatches(all, target) };
	});
	const [qHalves, kHalves, vHalves] = made;
	const expected = repeated(distinct, q.length);
	const extents = { queries: QUERIES, keys: KEYS, heads: HEADS, keyValueHeads: 1, headDim };
	const inputs = { label, q: qHalves, k: kHalves, v: vHalves, ...extents, scale, ...matrices };
	return tileChecks(
		matrixAttention,
		{ kind: { headDim }, expected, tolerance: TOLERANCE },
		tensors,
		target,
		(output, cut) => [
			...made.flatMap(({ dispatches }) => dispatches),
			...matrixAttention.dispatches({ ...inputs, output, ...cut }, target),
		],
	);
}
