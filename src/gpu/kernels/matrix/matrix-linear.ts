import {
	type EpilogueShape,
	epilogueWgsl,
	operandOffsets,
	operandRange,
	operandsAreAligned,
} from '../wgsl/epilogue.ts';
import { halfWgsl } from '../wgsl/half-wgsl.ts';
import {
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
	type MatrixSyntax,
} from '../dispatch/kernel-dispatch.ts';
import { f32Rows, splitRows } from '../dispatch/row-ranges.ts';
import type { LinearArguments } from '../linear/linear.ts';
import { MATRIX_LINEAR_TILES } from './matrix-linear-tiles.ts';
import { matrixLinearSubgroups, type MatrixLinearTile, TILE_PAD } from './matrix-linear-tile.ts';
import {
	HALVES_PER_VECTOR,
	MATRIX_ELEMENTS,
	MATRIX_HEAD_WGSL,
	MATRIX_SIZE,
	MATRIX_SUBGROUP,
	matrixLoad,
	matrixStore,
} from './matrix-units.ts';
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

/** Row tiles that are computed side by side before the next columns: what they read stays in the cache. */
const BAND = 16;

/**
 * A linear layer on matrix units: FP16 factors, f32 sums. x comes as halves, whose scales are multiplied
 * back.
 *
 * @throws RangeError for extents that no whole tiles cover, or that no binding holds
 */
export function matrixLinear<Ref>(
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
	const wgsl = matrixLinearWgsl({
		syntax,
		isDual: weights.length === 2,
		tile,
		epilogue: {
			expression: args.expression,
			operands,
			vectorised: operandsAreAligned(operands, columns),
		},
		unpackKeepsSubnormals: target.unpackKeepsSubnormals,
	});
	const longestRowBytes = Math.max(depth, columns) * F32_BYTES;
	return splitRows(rows, longestRowBytes, flopsPerRow, target, tile.rows).map((range) => {
		const rowTiles = Math.ceil(range.count / tile.rows);
		return {
			label: args.label,
			wgsl,
			job: new Uint32Array([
				...[range.count, columns, depth, range.start, rowTiles, columnTiles, 0, 0],
				...operandOffsets(operands),
			]),
			bindings: [
				halves,
				f32Rows(args.scales, 1, range),
				...weights,
				f32Rows(args.output, columns, range),
				...operands.map((operand) => operandRange(operand, columns, range)),
			],
			workgroups: [rowTiles, columnTiles, 1],
			flops: flopsPerRow * range.count,
		};
	});
}

interface MatrixLinearShader {
	readonly syntax: MatrixSyntax;
	readonly isDual: boolean;
	readonly tile: MatrixLinearTile;
	readonly epilogue: EpilogueShape;
	readonly unpackKeepsSubnormals: boolean;
}

/** Eight halves that a thread takes from storage to workgroup memory. */
interface Piece {
	readonly name: string;
	readonly from: string;
	readonly to: string;
}

/**
 * A workgroup computes a tile of the result, slice by slice of the shared extent: x's and the weights'
 * slices go to workgroup memory, from where each subgroup multiplies matrices of 16 by 16 into its part
 * of the tile. The results go through workgroup memory to the epilogue. With two weights the right half
 * of a part is of the second weight.
 *
 * Matrices are read from arrays of vectors: read from storage they took twice the time, and single halves
 * in workgroup memory a fifth more. The next slice is loaded while the present one is multiplied.
 */
function matrixLinearWgsl(shader: MatrixLinearShader): string {
	const { syntax, isDual, tile } = shader;
	const { rows, columns, depth, partRows, partColumns } = tile;
	const subgroups = matrixLinearSubgroups(tile);
	const threads = subgroups * MATRIX_SUBGROUP;
	const weights = isDual ? 2 : 1;
	/** Of one weight in the tile. */
	const weightColumns = columns / weights;
	const xStride = (depth + TILE_PAD) / HALVES_PER_VECTOR;
	const wStride = (weightColumns + TILE_PAD) / HALVES_PER_VECTOR;
	const rowParts = range(partRows / MATRIX_SIZE);
	const columnParts = range(partColumns / MATRIX_SIZE);
	const perWeight = columnParts.length / weights;

	const piecesOf = (
		name: string,
		lines: number,
		lineHalves: number,
		place: (line: string, vector: string) => Omit<Piece, 'name'>,
	): readonly Piece[] => {
		const vectors = lineHalves / HALVES_PER_VECTOR;
		return range((lines * vectors) / threads).map((step) => {
			const index = step === 0 ? 'thread' : `(thread + ${step * threads}u)`;
			return {
				name: `${name}_${step}`,
				...place(`${index} / ${vectors}u`, `${index} % ${vectors}u`),
			};
		});
	};
	const pieces = [
		...piecesOf('x', rows, depth, (line, vector) => ({
			from: `x[((job.firstRow + firstRow + ${line}) * job.depth + k) / ${HALVES_PER_VECTOR}u + ${vector}]`,
			to: `xTile[${line} * ${xStride}u + ${vector}]`,
		})),
		...range(weights).flatMap((weight) =>
			piecesOf(`w${weight}`, depth, weightColumns, (line, vector) => ({
				from: `weight${weight}[((k + ${line}) * job.columns + firstColumn) / ${HALVES_PER_VECTOR}u + ${vector}]`,
				to: `wTile[(${weight * depth}u + ${line}) * ${wStride}u + ${vector}]`,
			})),
		),
	];
	const load = (k: string): string => `	{ let k = ${k};
${pieces.map(({ name, from }) => `\t\t${name} = ${from};`).join('\n')}
	}`;
	const store = pieces.map(({ name, to }) => `\t\t${to} = ${name};`).join('\n');

	const xAt = (i: number, step: number): string =>
		matrixLoad(syntax, 'Left', 'xTile', {
			offset: `(partRow + ${i * MATRIX_SIZE}u) * ${xStride}u + ${step / HALVES_PER_VECTOR}u`,
			order: 'rows',
			stride: xStride,
		});
	const wAt = (j: number, step: number): string => {
		const line = Math.floor(j / perWeight) * depth + step;
		const column = ((j % perWeight) * MATRIX_SIZE) / HALVES_PER_VECTOR;
		return matrixLoad(syntax, 'Right', 'wTile', {
			offset: `${line * wStride + column}u + partColumn / ${HALVES_PER_VECTOR}u`,
			order: 'rows',
			stride: wStride,
		});
	};
	const multiply = range(depth / MATRIX_SIZE)
		.map((slice) => slice * MATRIX_SIZE)
		.map(
			(step) => `		{
${columnParts.map((j) => `\t\t\tlet b${j} = ${wAt(j, step)};`).join('\n')}
${rowParts
	.map(
		(i) => `			let a${i} = ${xAt(i, step)};
${columnParts.map((j) => `\t\t\tc${i}_${j} = subgroupMatrixMultiplyAccumulate(a${i}, b${j}, c${i}_${j});`).join('\n')}`,
	)
	.join('\n')}
		}`,
		)
		.join('\n');
	const resultVectors = MATRIX_ELEMENTS / 4;
	const finish = rowParts
		.flatMap((i) =>
			range(perWeight).map((j) => {
				const stored = range(weights).map((weight) =>
					matrixStore(
						syntax,
						'results',
						`place + ${weight * resultVectors}u`,
						`c${i}_${j + weight * perWeight}`,
						MATRIX_SIZE / 4,
					),
				);
				return `	workgroupBarrier();
	${stored.join(' ')}
	workgroupBarrier();
	finish(place, lane, firstRow + partRow + ${i * MATRIX_SIZE}u, firstColumn + partColumn + ${j * MATRIX_SIZE}u);`;
			}),
		)
		.join('\n');
	return `${MATRIX_HEAD_WGSL}
struct Job { rows: u32, columns: u32, depth: u32, firstRow: u32, rowTiles: u32, columnTiles: u32, unused: vec2u, operandOffsets: vec4u }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<vec4u>; // FP16 [paddedRows, depth]
@group(0) @binding(2) var<storage, read> scales: array<f32>; // [rows]
@group(0) @binding(3) var<storage, read> weight0: array<vec4u>; // FP16 [depth, columns]
${isDual ? '@group(0) @binding(4) var<storage, read> weight1: array<vec4u>;\n' : ''}@group(0) @binding(${3 + weights}) var<storage, read_write> y: array<vec4f>; // [rows, columns]

var<workgroup> xTile: array<vec4u, ${rows * xStride}>; // FP16 [rows][depth + ${TILE_PAD}]
var<workgroup> wTile: array<vec4u, ${weights * depth * wStride}>; // FP16 [weights][depth][columns + ${TILE_PAD}]
var<workgroup> results: array<vec4f, ${subgroups * weights * resultVectors}>; // [subgroups][weights][16][16]

${halfWgsl(shader.unpackKeepsSubnormals)}${epilogueWgsl(shader.epilogue, 4 + weights)}
fn finish(place: u32, lane: u32, firstRow: u32, firstColumn: u32) {
	for (var i = lane; i < ${resultVectors}u; i += ${MATRIX_SUBGROUP}u) {
		let row = firstRow + i / ${MATRIX_SIZE / 4}u;
		let column = firstColumn + i % ${MATRIX_SIZE / 4}u * 4u;
		if (row < job.rows) {
			let sum0 = results[place + i] * scales[row];
			let sum1 = ${isDual ? `results[place + ${resultVectors}u + i] * scales[row]` : 'sum0'};
			y[(row * job.columns + column) >> 2u] = epilogue(sum0, sum1, row, column);
		}
	}
}

@compute @workgroup_size(${threads})
fn main(
	@builtin(local_invocation_index) thread: u32,
	@builtin(workgroup_id) group: vec3u,
	@builtin(subgroup_id) subgroup: u32,
	@builtin(subgroup_invocation_id) lane: u32,
) {
	// Bands of ${BAND} row tiles, each with all its columns before the next.
	let index = group.y * job.rowTiles + group.x;
	let band = index / (${BAND}u * job.columnTiles) * ${BAND}u;
	let bandRows = min(${BAND}u, job.rowTiles - band);
	let within = index % (${BAND}u * job.columnTiles);
	let firstRow = (band + within % bandRows) * ${rows}u;
	let firstColumn = within / bandRows * ${weightColumns}u;
	let partRow = subgroup / ${columns / partColumns}u * ${partRows}u;
	let partColumn = subgroup % ${columns / partColumns}u * ${partColumns / weights}u;
	let place = subgroup * ${weights * resultVectors}u;
${rowParts.map((i) => `\t${columnParts.map((j) => `var c${i}_${j} = Sum();`).join(' ')}`).join('\n')}
	${pieces.map(({ name }) => `var ${name}: vec4u;`).join(' ')}
${load('0u')}
	for (var k = 0u; k < job.depth; k += ${depth}u) {
		workgroupBarrier();
${store}
		workgroupBarrier();
		if (k + ${depth}u < job.depth) {
${load(`k + ${depth}u`)}
		}
${multiply}
	}
${finish}
}
`;
}

function range(count: number): readonly number[] {
	return Array.from({ length: count }, (_, index) => index);
}
