import type { Kernel } from '../dispatch/kernel.ts';
import {
	type BoundRange,
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
} from '../dispatch/kernel-dispatch.ts';
import { affordableRows, f32Rows, ROW_RANGE_MULTIPLE, splitRows } from '../dispatch/row-ranges.ts';
import { epilogueShape, type Operand, operandOffsets, operandRanges } from '../wgsl/epilogue.ts';
import type { Expression } from '../wgsl/expression.ts';
import type { LinearTile } from './linear-tile.ts';
import { LINEAR_TILES } from './linear-tiles.ts';
import {
	LINEAR_JOB,
	linearBindings,
	type LinearShader,
	linearWgsl,
	resultColumns,
} from './linear-wgsl.ts';

export interface LinearArguments<Ref> {
	readonly label: string;
	/** f32 [rows, depth] */
	readonly x: Ref;
	/** FP16 [depth, columns]: one, or two that the same x is multiplied with (sum0 and sum1). */
	readonly weights: readonly BoundRange<Ref>[];
	/** f32 [rows, columns] */
	readonly output: Ref;
	readonly rows: number;
	readonly depth: number;
	readonly columns: number;
	readonly expression: Expression;
	readonly operands: readonly Operand<Ref>[];
	/** For the bench; else chosen by adapter and extents. */
	readonly tile?: LinearTile;
}

function dispatches<Ref>(
	args: LinearArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { rows, depth, columns, weights, operands } = args;
	const isDual = weights.length === 2;
	const flopsPerRow = 2 * depth * columns * weights.length;
	const longestRowBytes = Math.max(depth, columns) * F32_BYTES;
	// On a slow GPU a dispatch has fewer rows: the tile is for what one computes.
	const affordable = affordableRows(longestRowBytes, flopsPerRow, target);
	const dispatchRows = Math.min(rows, Math.max(ROW_RANGE_MULTIPLE, affordable));
	const size = { elements: dispatchRows * columns, rows: dispatchRows };
	const tile = args.tile ?? LINEAR_TILES.choose({ isDual }, size, target);
	const epilogue = epilogueShape(args.expression, operands, columns);
	const vectorised = depth % 4 === 0 && columns % 8 === 0 && epilogue.vectorised;
	const shader: LinearShader = {
		tile,
		isDual,
		vectorised,
		wholeSlices: depth % tile.depth === 0,
		unpackKeepsSubnormals: target.unpackKeepsSubnormals,
		epilogue: { ...epilogue, vectorised },
	};
	const wgsl = linearWgsl(shader);
	const bindings = linearBindings(shader);
	const [w0, w1] = weights;
	const multiple = Math.max(ROW_RANGE_MULTIPLE, tile.rows);
	return splitRows(rows, longestRowBytes, flopsPerRow, target, multiple).map((range) => ({
		label: args.label,
		wgsl,
		job: LINEAR_JOB.encode({
			rows: range.count,
			columns,
			depth,
			operandOffsets: operandOffsets(operands),
		}),
		bindings: bindings.ranges({
			x: f32Rows(args.x, depth, range),
			w0,
			w1,
			y: f32Rows(args.output, columns, range),
			...operandRanges(operands, columns, range),
		}),
		workgroups: [
			Math.ceil(columns / resultColumns(tile, isDual)),
			Math.ceil(range.count / tile.rows),
			1,
		],
		flops: flopsPerRow * range.count,
	}));
}

/** y = epilogue(x · W0, x · W1): a linear layer on FP16 weights, f32 arithmetic throughout. */
export const linear = {
	name: 'linear',
	tiles: LINEAR_TILES,
	shader: linearWgsl,
	dispatches,
} satisfies Kernel<LinearShader>;
