import { SUM } from '../../kernels/expression.ts';
import type { KernelTarget } from '../../kernels/kernel-dispatch.ts';
import { matrixAttention } from '../../kernels/matrix-attention.ts';
import {
	matrixAttentionTileName,
	chooseMatrixAttentionTile,
} from '../../kernels/matrix-attention-tiles.ts';
import { matrixLinear } from '../../kernels/matrix-linear.ts';
import { matrixLinearTileName, matrixLinearTilesInUse } from '../../kernels/matrix-linear-tiles.ts';
import type { MatrixUnits } from '../../kernels/matrix-units.ts';
import { halvesBytes, rowHalves } from '../../kernels/row-halves.ts';
import type { CheckTensors } from './check-tensors.ts';
import { at, product, repeated, silu, softmaxSums } from './float64.ts';
import type { KernelCheck } from './kernel-check.ts';

/** More than a tile of rows, by a part of one; whole tiles of the rest. */
const [ROWS, DEPTH, COLUMNS] = [262, 64, 256];
/** After which x and the result repeat. Odd, unlike the extents of tiles. */
const DISTINCT_ROWS = 7;
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
	const x = tensors.values(ROWS * DEPTH, DISTINCT_ROWS * DEPTH).map((value) => value * MAGNITUDE);
	const input = tensors.upload(x);
	const weights = [tensors.halves(DEPTH * COLUMNS), tensors.halves(DEPTH * COLUMNS)];
	const [gate, up] = weights.map(({ values }) =>
		product(x.subarray(0, DISTINCT_ROWS * DEPTH), values, DEPTH),
	);
	const gated = gate.map((sum, i) => silu(sum) * at(up, i));
	const [expectedSums, expectedGated] = [gate, gated].map((sums) => repeated(sums, ROWS * COLUMNS));
	const gatedSum = {
		type: 'multiply',
		left: { type: 'silu', of: SUM },
		right: { type: 'sum', index: 1 },
	} as const;
	return [1, 2].flatMap((count) => {
		const layer = { depth: DEPTH, columns: COLUMNS, weights: count };
		return matrixLinearTilesInUse(layer, target).map((tile) => {
			const label = 'self-test matrix linear';
			const [halves, scales] = [halvesOutput(tensors, ROWS, DEPTH), tensors.output(ROWS)];
			const output = tensors.output(ROWS * COLUMNS);
			const extents = { rows: ROWS, depth: DEPTH };
			return {
				kernel: 'matrix-linear',
				tile: matrixLinearTileName(tile),
				dispatches: [
					...rowHalves({ label, x: input, halves, scales, ...extents, parts: 1 }, target),
					...matrixLinear(
						{
							label,
							x: halves,
							scales,
							weights: weights.slice(0, count).map(({ range }) => range),
							output,
							...extents,
							columns: COLUMNS,
							expression: count === 2 ? gatedSum : SUM,
							operands: [],
							syntax,
							tile,
						},
						target,
					),
				],
				output,
				expected: count === 2 ? expectedGated : expectedSums,
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
	const tile = chooseMatrixAttentionTile(headDim, target);
	if (tile === undefined) return [];
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
	const output = tensors.output(q.length);
	const attention = matrixAttention(
		{
			label,
			q: qHalves,
			k: kHalves,
			v: vHalves,
			output,
			queries: QUERIES,
			keys: KEYS,
			heads: HEADS,
			keyValueHeads: 1,
			headDim,
			scale,
			syntax,
			tile,
		},
		target,
	);
	return [
		{
			kernel: 'matrix-attention',
			tile: matrixAttentionTileName(tile),
			dispatches: [...made.flatMap(({ dispatches }) => dispatches), ...attention],
			output,
			expected: repeated(distinct, q.length),
			tolerance: TOLERANCE,
		},
	];
}

function halvesOutput<Ref>(tensors: CheckTensors<Ref>, rows: number, width: number): Ref {
	return tensors.output(halvesBytes(rows, width) / 4);
}
