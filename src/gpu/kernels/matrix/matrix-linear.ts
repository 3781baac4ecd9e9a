import type { Kernel } from '../dispatch/kernel.ts';
import {
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
	type MatrixSyntax,
} from '../dispatch/kernel-dispatch.ts';
import { f32Rows, splitRows } from '../dispatch/row-ranges.ts';
import type { LinearArguments } from '../linear/linear.ts';
import { epilogueShape, operandOffsets, operandRanges } from '../wgsl/epilogue.ts';
import type { MatrixLinearTile } from './matrix-linear-tile.ts';
import { MATRIX_LINEAR_TILES } from './matrix-linear-tiles.ts';
import {
	MATRIX_LINEAR_JOB,
	matrixLinearBindings,
	type MatrixLinearShader,
	matrixLinearWgsl,
} from './matrix-linear-wgsl.ts';
import { halvesBytes } from './row-halves.ts';

export interface MatrixLinearArguments<Ref> extends Omit<LinearArguments<Ref>, 'tile'> {
	/** What `rowHalves` made of x: FP16 [paddedRows, depth] */
	readonly x: Ref;
	/** f32 [rows] */
	readonly scales: Ref;
	readonly syntax: MatrixSyntax;
	/** For the bench and the self-test; else chosen by adapter and extents. */
	readonly tile?: MatrixLinearTile;
}

function dispatches<Ref>(
	args: MatrixLinearArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { rows, depth, columns, weights, operands, syntax } = args;
	const layer = { depth, columns, weights: weights.length };
	const tile = args.tile ?? MATRIX_LINEAR_TILES.choose(layer, { elements: rows * columns }, target);
	if (tile === undefined || !MATRIX_LINEAR_TILES.fits(tile, layer, target)) {
		throw new RangeError(`${depth} by ${columns} weights are not whole tiles of matrices`);
	}
	const halves = { ref: args.x, byteOffset: 0, byteLength: halvesBytes(rows, depth) };
	if (halves.byteLength > target.limits.maxStorageBufferBindingSize) {
		throw new RangeError(`Halves of ${halves.byteLength} bytes exceed a binding`);
	}
	const columnTiles = columns / (tile.columns / weights.length);
	const flopsPerRow = 2 * depth * columns * weights.length;
	const shader: MatrixLinearShader = {
		syntax,
		isDual: weights.length === 2,
		tile,
		epilogue: epilogueShape(args.expression, operands, columns),
		unpackKeepsSubnormals: target.unpackKeepsSubnormals,
	};
	const [wgsl, bindings] = [matrixLinearWgsl(shader), matrixLinearBindings(shader)];
	const [weight0, weight1] = weights;
	const longestRowBytes = Math.max(depth, columns) * F32_BYTES;
	return splitRows(rows, longestRowBytes, flopsPerRow, target, tile.rows).map((range) => {
		const rowTiles = Math.ceil(range.count / tile.rows);
		return {
			label: args.label,
			wgsl,
			job: MATRIX_LINEAR_JOB.encode({
				...{ rows: range.count, columns, depth, firstRow: range.start, rowTiles, columnTiles },
				operandOffsets: operandOffsets(operands),
			}),
			bindings: bindings.ranges({
				x: halves,
				scales: f32Rows(args.scales, 1, range),
				weight0,
				weight1,
				y: f32Rows(args.output, columns, range),
				...operandRanges(operands, columns, range),
			}),
			workgroups: [rowTiles, columnTiles, 1],
			flops: flopsPerRow * range.count,
		};
	});
}

/**
 * A linear layer on matrix units: FP16 factors, f32 sums. x comes as halves, whose scales are multiplied
 * back.
 *
 * @throws RangeError for extents that no whole tiles cover, or that no binding holds
 */
export const matrixLinear = {
	name: 'matrix-linear',
	tiles: MATRIX_LINEAR_TILES,
	shader: matrixLinearWgsl,
	dispatches,
} satisfies Kernel<MatrixLinearShader>;
