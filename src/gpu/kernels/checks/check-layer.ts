import type { BoundRange } from '../dispatch/kernel-dispatch.ts';
import { type Expression, SUM } from '../wgsl/expression.ts';
import type { CheckTensors } from './check-tensors.ts';
import { at, product, repeated, silu } from './float64.ts';

export interface CheckLayerExtents {
	readonly rows: number;
	readonly depth: number;
	readonly columns: number;
	/** After which x and the results repeat: the reference takes little time. Odd, unlike the extents of tiles. */
	readonly distinctRows: number;
	/** Of the largest x. */
	readonly magnitude: number;
}

/** A linear layer with one weight, or two. */
export interface CheckLayer<Ref> {
	readonly isDual: boolean;
	readonly weights: readonly BoundRange<Ref>[];
	readonly expression: Expression;
	/** f32 [rows, columns] */
	readonly expected: Float64Array;
}

/** x·W0 and SiLU(x·W0) · (x·W1). W has subnormals. */
export function checkLayers<Ref>(
	tensors: CheckTensors<Ref>,
	{ rows, depth, columns, distinctRows, magnitude }: CheckLayerExtents,
): { readonly x: Ref; readonly single: CheckLayer<Ref>; readonly dual: CheckLayer<Ref> } {
	const x = tensors.values(rows * depth, distinctRows * depth).map((value) => value * magnitude);
	const weights = [tensors.halves(depth * columns), tensors.halves(depth * columns)];
	const distinct = x.subarray(0, distinctRows * depth);
	const [gate, up] = weights.map(({ values }) => product(distinct, values, depth));
	const gated = gate.map((sum, i) => silu(sum) * at(up, i));
	const ranges = weights.map(({ range }) => range);
	return {
		x: tensors.upload(x),
		single: {
			isDual: false,
			weights: ranges.slice(0, 1),
			expression: SUM,
			expected: repeated(gate, rows * columns),
		},
		dual: {
			isDual: true,
			weights: ranges,
			expression: {
				type: 'multiply',
				left: { type: 'silu', of: SUM },
				right: { type: 'sum', index: 1 },
			},
			expected: repeated(gated, rows * columns),
		},
	};
}
