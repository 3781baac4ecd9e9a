import type { KernelTarget, MatrixUnits } from '../dispatch/kernel-dispatch.ts';
import { matrixAttention } from './matrix-attention.ts';
import { MATRIX_ATTENTION_TILES } from './matrix-attention-tiles.ts';
import { matrixLinear } from './matrix-linear.ts';
import { MATRIX_LINEAR_TILES } from './matrix-linear-tiles.ts';
import { halvesBytes, rowHalves } from './row-halves.ts';
import { checkLayers } from '../checks/check-layer.ts';
import type { CheckTensors } from '../checks/check-tensors.ts';
import { repeated, softmaxSums } from '../checks/float64.ts';
import type { KernelCheck } from '../checks/kernel-check.ts';

/** More than a tile of rows, by a part of one; whole tiles of the rest. */
const EXTENTS = { rows: 262, depth: 64, columns: 256 };
/** Of x: FP16 ends at 65504. */
const MAGNITUDE = 2 ** 18;

const [QUERIES, KEYS, HEADS] = [130, 70, 2];
/** Each is another shader. */
const HEAD_DIMS = [128, 64];
const DISTINCT_QUERIES = 3;
/** By which the last key is longer than the first: its score passes the reference that the first keys set. */
const GROWTH = 24;

/** Factors and weights of the softmax are rounded to 11 bits, scores of some 20 by an absolute error. */
const TOLERANCE = 5e-3;

/** Halves of rows, then linear layers and attention on matrix units, in every tile in use. */
export function matrixChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	const { matrices } = target;
	if (matrices === undefined) return [];
	return [
		...linearChecks(tensors, target, matrices),
		...HEAD_DIMS.flatMap((headDim) => attentionChecks(headDim, tensors, target, matrices)),
	];
}

function linearChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
	{ syntax }: MatrixUnits,
): readonly KernelCheck<Ref>[] {
	const { rows, depth } = EXTENTS;
	const label = 'self-test matrix linear';
	const made = checkLayers(tensors, { ...EXTENTS, distinctRows: 7, magnitude: MAGNITUDE });
	const [halves, scales] = [halvesOutput(tensors, rows, depth), tensors.output(rows)];
	const ofX = { label, x: made.x, halves, scales, rows, parts: 1, depth };
	return [made.single, made.dual].flatMap(({ weights, expression, expected }) => {
		const tiles = MATRIX_LINEAR_TILES.inUse({ ...EXTENTS, weights: weights.length }, target);
		return tiles.map((tile) => {
			const output = tensors.output(expected.length);
			const layer = { label, x: halves, scales, weights, output, ...EXTENTS, expression, syntax };
			return {
				kernel: 'matrix-linear',
				tile: MATRIX_LINEAR_TILES.name(tile),
				dispatches: [
					...rowHalves(ofX, target),
					...matrixLinear({ ...layer, operands: [], tile }, target),
				],
				output,
				expected,
				tolerance: TOLERANCE,
			};
		});
	});
}

function attentionChecks<Ref>(
	headDim: number,
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
	{ syntax }: MatrixUnits,
): readonly KernelCheck<Ref>[] {
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
		const halves = halvesOutput(tensors, rows, parts * headDim);
		const scales = tensors.output(rows * parts);
		const x = tensors.upload(values);
		const all = { label, x, halves, scales, rows, parts, depth: headDim };
		return { halves, scales, dispatches: rowHalves(all, target) };
	});
	const [qHalves, kHalves, vHalves] = made;
	const expected = repeated(distinct, q.length);
	const extents = { queries: QUERIES, keys: KEYS, heads: HEADS, keyValueHeads: 1, headDim };
	return MATRIX_ATTENTION_TILES.inUse({ headDim }, target).map((tile) => {
		const output = tensors.output(expected.length);
		const ofHalves = { label, q: qHalves, k: kHalves, v: vHalves, output, ...extents };
		return {
			kernel: 'matrix-attention',
			tile: MATRIX_ATTENTION_TILES.name(tile),
			dispatches: [
				...made.flatMap(({ dispatches }) => dispatches),
				...matrixAttention({ ...ofHalves, scale, syntax, tile }, target),
			],
			output,
			expected,
			tolerance: TOLERANCE,
		};
	});
}

function halvesOutput<Ref>(tensors: CheckTensors<Ref>, rows: number, width: number): Ref {
	return tensors.output(halvesBytes(rows, width) / 4);
}
