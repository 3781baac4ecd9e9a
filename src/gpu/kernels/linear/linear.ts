import type { WeightFormat } from '../../../graph/graph.ts';
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
import { FLAT_LINEAR_TILE, LINEAR_TILES } from './linear-tiles.ts';
import {
	LINEAR_JOB,
	linearBindings,
	type LinearShader,
	linearWgsl,
	resultColumns,
	SIDE_LINEAR_JOB,
} from './linear-wgsl.ts';

export interface LinearArguments<Ref> {
	readonly label: string;
	/** f32 [rows, depth] */
	readonly x: Ref;
	/** [depth, columns]: one, or two that the same x is multiplied with (sum0 and sum1). */
	readonly weights: readonly BoundRange<Ref>[];
	/** Of the weights; FP16 where not given. */
	readonly format?: WeightFormat;
	readonly side?: LinearSideArguments<Ref>;
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

/** Low-rank products that are added to the sums: some columns of `down`, times `up`. */
export interface LinearSideArguments<Ref> {
	/** f32 [rows, downColumns] */
	readonly down: Ref;
	readonly downColumns: number;
	readonly format: WeightFormat;
	/** By weight; undefined for one that has none. */
	readonly parts: readonly (SidePart<Ref> | undefined)[];
}

export interface SidePart<Ref> {
	/** The first column of `down` that is read: a multiple of 4. */
	readonly firstColumn: number;
	/** A multiple of 4. */
	readonly rank: number;
	/** [rank, columns] */
	readonly up: BoundRange<Ref>;
}

function dispatches<Ref>(
	args: LinearArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { rows, depth, columns, weights, operands, format = 'f16', side } = args;
	const isDual = weights.length === 2;
	const sideRange = side === undefined ? undefined : rangeOf(side);
	const flopsPerRow = 2 * (depth + (sideRange?.depth ?? 0)) * columns * weights.length;
	const longestRowBytes = Math.max(depth, columns, side?.downColumns ?? 0) * F32_BYTES;
	// On a slow GPU a dispatch has fewer rows: the tile is for what one computes.
	const affordable = affordableRows(longestRowBytes, flopsPerRow, target);
	const dispatchRows = Math.min(rows, Math.max(ROW_RANGE_MULTIPLE, affordable));
	const size = { elements: dispatchRows * columns, rows: dispatchRows };
	const chosen = args.tile ?? LINEAR_TILES.choose({ isDual }, size, target);
	const tile = format === 'f32' || side?.format === 'f32' ? unpacked(chosen, target) : chosen;
	const epilogue = epilogueShape(args.expression, operands, columns);
	const vectorised = depth % 4 === 0 && columns % 8 === 0 && epilogue.vectorised;
	const shader: LinearShader = {
		tile,
		isDual,
		format,
		...(side === undefined
			? {}
			: {
					side: {
						format: side.format,
						has: weights.map((_, index) => side.parts[index] !== undefined),
					},
				}),
		vectorised,
		wholeSlices: depth % tile.depth === 0,
		unpackKeepsSubnormals: target.unpackKeepsSubnormals,
		epilogue: { ...epilogue, vectorised },
	};
	const wgsl = linearWgsl(shader);
	const bindings = linearBindings(shader);
	const [w0, w1] = weights;
	const offsets = operandOffsets(operands);
	const multiple = Math.max(ROW_RANGE_MULTIPLE, tile.rows);
	return splitRows(rows, longestRowBytes, flopsPerRow, target, multiple).map((range) => ({
		label: args.label,
		wgsl,
		tile: LINEAR_TILES.id(chosen, { isDual }),
		job: encodeJob({ rows: range.count, columns, depth, operandOffsets: offsets }, args),
		bindings: bindings.ranges({
			// Where only the side counts there is no x, but something must be bound.
			x: f32Rows(args.x, Math.max(1, depth), range),
			w0,
			w1,
			y: f32Rows(args.output, columns, range),
			...(side === undefined ? {} : { down: f32Rows(side.down, side.downColumns, range) }),
			up0: side?.parts[0]?.up,
			up1: side?.parts[1]?.up,
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

/** The columns of `down` that any weight reads. */
function rangeOf({ parts }: LinearSideArguments<unknown>): {
	readonly first: number;
	readonly depth: number;
} {
	const present = parts.filter((part) => part !== undefined);
	const first = Math.min(...present.map(({ firstColumn }) => firstColumn));
	const end = Math.max(...present.map(({ firstColumn, rank }) => firstColumn + rank));
	return { first, depth: end - first };
}

function encodeJob(
	job: Parameters<typeof LINEAR_JOB.encode>[0],
	{ side }: Pick<LinearArguments<unknown>, 'side'>,
): Uint32Array<ArrayBuffer> {
	if (side === undefined) return LINEAR_JOB.encode(job);
	const { first, depth } = rangeOf(side);
	const [part0, part1] = side.parts;
	return SIDE_LINEAR_JOB.encode({
		...job,
		downColumns: side.downColumns,
		sideFirst: first,
		sideDepth: depth,
		sideFirst0: (part0?.firstColumn ?? first) - first,
		sideRank0: part0?.rank ?? 0,
		sideFirst1: (part1?.firstColumn ?? first) - first,
		sideRank1: part1?.rank ?? 0,
	});
}

/** Workgroup memory that is laid out for halves has no place for f32. */
function unpacked(tile: LinearTile, target: KernelTarget): LinearTile {
	if (!tile.packedWeights) return tile;
	const wide = { ...tile, packedWeights: false };
	return LINEAR_TILES.fits(wide, { isDual: false }, target) ? wide : FLAT_LINEAR_TILE;
}

/** y = epilogue(x · W0 + side, x · W1 + side): a linear layer, f32 arithmetic throughout. */
export const linear = {
	name: 'linear',
	tiles: LINEAR_TILES,
	shader: linearWgsl,
	dispatches,
} satisfies Kernel<LinearShader>;
