import type { MatrixSyntax } from '../dispatch/kernel-dispatch.ts';
import { Bindings, read, readWrite } from '../wgsl/bindings.ts';
import { cooperativePieces, forPieces, type Piece } from '../wgsl/cooperative-load.ts';
import { type EpilogueShape, epilogueWgsl, operandBindings } from '../wgsl/epilogue.ts';
import { halfWgsl } from '../wgsl/half-wgsl.ts';
import { jobLayout, u32 } from '../wgsl/job-layout.ts';
import { range } from '../wgsl/range.ts';
import { type Wgsl, wgsl } from '../wgsl/wgsl.ts';
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

export interface MatrixLinearShader {
	readonly syntax: MatrixSyntax;
	readonly isDual: boolean;
	readonly tile: MatrixLinearTile;
	readonly epilogue: EpilogueShape;
	readonly unpackKeepsSubnormals: boolean;
}

export const MATRIX_LINEAR_JOB = jobLayout({
	...u32('rows', 'columns', 'depth', 'firstRow', 'rowTiles', 'columnTiles'),
	operandOffsets: 'vec4u',
});

export function matrixLinearBindings({ isDual, epilogue }: MatrixLinearShader): Bindings {
	return new Bindings([
		read('x', 'vec4u', 'FP16 [paddedRows, depth]'),
		read('scales', 'f32', '[rows]'),
		read('weight0', 'vec4u', 'FP16 [depth, columns]'),
		isDual && read('weight1', 'vec4u', 'FP16 [depth, columns]'),
		readWrite('y', 'vec4f', '[rows, columns]'),
		...operandBindings(epilogue),
	]);
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
export function matrixLinearWgsl(shader: MatrixLinearShader): string {
	const { isDual, tile } = shader;
	const { rows, columns, depth, partRows, partColumns } = tile;
	const subgroups = matrixLinearSubgroups(tile);
	const weights = isDual ? 2 : 1;
	const resultVectors = MATRIX_ELEMENTS / 4;
	const columnParts = range(partColumns / MATRIX_SIZE);
	const { declare, load, store } = movesWgsl(shader);
	return wgsl`
		${MATRIX_HEAD_WGSL}
		const TILE_ROWS = ${rows}u;
		const TILE_COLUMNS = ${columns / weights}u;
		const TILE_DEPTH = ${depth}u;
		const PART_ROWS = ${partRows}u;
		const PART_COLUMNS = ${partColumns / weights}u;
		const PARTS_ACROSS = ${columns / partColumns}u;
		const BAND = 16u; // row tiles that are computed side by side before the next columns: what they read stays in the cache
		const X_STRIDE = ${(depth + TILE_PAD) / HALVES_PER_VECTOR}u; // of a row in workgroup memory, in vectors of eight halves
		const W_STRIDE = ${(columns / weights + TILE_PAD) / HALVES_PER_VECTOR}u;
		const RESULT_VECTORS = ${resultVectors}u;
		const SUBGROUP = ${MATRIX_SUBGROUP}u;
		const THREADS = ${subgroups * MATRIX_SUBGROUP}u;

		${MATRIX_LINEAR_JOB.wgsl}
		${matrixLinearBindings(shader).wgsl}

		var<workgroup> xTile: array<vec4u, TILE_ROWS * X_STRIDE>; // FP16 [rows][depth + ${TILE_PAD}]
		var<workgroup> wTile: array<vec4u, ${weights * depth}u * W_STRIDE>; // FP16 [weights][depth][columns + ${TILE_PAD}]
		var<workgroup> results: array<vec4f, ${subgroups * weights}u * RESULT_VECTORS>; // [subgroups][weights][16][16]

		${halfWgsl(shader.unpackKeepsSubnormals)}

		${epilogueWgsl(shader.epilogue)}

		fn finish(place: u32, lane: u32, firstRow: u32, firstColumn: u32) {
			for (var i = lane; i < RESULT_VECTORS; i += SUBGROUP) {
				let row = firstRow + i / ${MATRIX_SIZE / 4}u;
				let column = firstColumn + i % ${MATRIX_SIZE / 4}u * 4u;
				if (row < job.rows) {
					let sum0 = results[place + i] * scales[row];
					let sum1 = ${isDual ? 'results[place + RESULT_VECTORS + i] * scales[row]' : 'sum0'};
					y[(row * job.columns + column) >> 2u] = epilogue(sum0, sum1, row, column);
				}
			}
		}

		@compute @workgroup_size(THREADS)
		fn main(
			@builtin(local_invocation_index) thread: u32,
			@builtin(workgroup_id) group: vec3u,
			@builtin(subgroup_id) subgroup: u32,
			@builtin(subgroup_invocation_id) lane: u32,
		) {
			let index = group.y * job.rowTiles + group.x;
			let band = index / (BAND * job.columnTiles) * BAND;
			let bandRows = min(BAND, job.rowTiles - band);
			let within = index % (BAND * job.columnTiles);
			let firstRow = (band + within % bandRows) * TILE_ROWS;
			let firstColumn = within / bandRows * TILE_COLUMNS;
			let partRow = subgroup / PARTS_ACROSS * PART_ROWS;
			let partColumn = subgroup % PARTS_ACROSS * PART_COLUMNS;
			let place = subgroup * ${weights * resultVectors}u;
			${range(partRows / MATRIX_SIZE).map((i) => columnParts.map((j) => `var c${i}_${j} = Sum();`).join(' '))}
			${declare}
			${load('0u')}
			for (var k = 0u; k < job.depth; k += TILE_DEPTH) {
				workgroupBarrier();
				${store}
				workgroupBarrier();
				if (k + TILE_DEPTH < job.depth) {
					${load('k + TILE_DEPTH')}
				}
				${multiplyWgsl(shader)}
			}
			${finishWgsl(shader)}
		}
	`;
}

/** What moves a slice, eight halves at a time: from storage to registers, from there to workgroup memory. */
interface Moves {
	readonly declare: string;
	readonly load: (k: string) => string;
	readonly store: Wgsl;
}

function movesWgsl({ tile, isDual }: MatrixLinearShader): Moves {
	const { rows, columns, depth } = tile;
	const weights = range(isDual ? 2 : 1);
	const threads = matrixLinearSubgroups(tile) * MATRIX_SUBGROUP;
	const xVectors = depth / HALVES_PER_VECTOR;
	const wVectors = columns / weights.length / HALVES_PER_VECTOR;
	const xPieces = cooperativePieces(rows * xVectors, threads);
	const wPieces = cooperativePieces(depth * wVectors, threads);
	const xName = ({ step }: Piece): string => `x_${step}`;
	const wName = (weight: number, { step }: Piece): string => `w${weight}_${step}`;
	const names = [
		...xPieces.map(xName),
		...weights.flatMap((weight) => wPieces.map((piece) => wName(weight, piece))),
	];
	return {
		declare: names.map((name) => `var ${name}: vec4u;`).join(' '),
		load: (k) => wgsl`
			{
				let k = ${k};
				${forPieces(xPieces, (piece) => {
					const row = `job.firstRow + firstRow + ${piece.index} / ${xVectors}u`;
					return `${xName(piece)} = x[((${row}) * job.depth + k) / ${HALVES_PER_VECTOR}u + ${piece.index} % ${xVectors}u];`;
				})}
				${weights.map((weight) =>
					forPieces(wPieces, (piece) => {
						const line = `k + ${piece.index} / ${wVectors}u`;
						return `${wName(weight, piece)} = weight${weight}[((${line}) * job.columns + firstColumn) / ${HALVES_PER_VECTOR}u + ${piece.index} % ${wVectors}u];`;
					}),
				)}
			}
		`,
		store: [
			forPieces(
				xPieces,
				(piece) =>
					`xTile[${piece.index} / ${xVectors}u * X_STRIDE + ${piece.index} % ${xVectors}u] = ${xName(piece)};`,
			),
			weights.map((weight) =>
				forPieces(wPieces, (piece) => {
					const line = `${weight * depth}u + ${piece.index} / ${wVectors}u`;
					return `wTile[(${line}) * W_STRIDE + ${piece.index} % ${wVectors}u] = ${wName(weight, piece)};`;
				}),
			),
		],
	};
}

/** Adds a slice's products to the sums of a subgroup's part. */
function multiplyWgsl({ syntax, isDual, tile }: MatrixLinearShader): Wgsl {
	const { columns, depth, partRows, partColumns } = tile;
	const weights = isDual ? 2 : 1;
	const wStride = (columns / weights + TILE_PAD) / HALVES_PER_VECTOR;
	const rowParts = range(partRows / MATRIX_SIZE);
	const columnParts = range(partColumns / MATRIX_SIZE);
	const perWeight = columnParts.length / weights;
	const xAt = (i: number, step: number): string =>
		matrixLoad(syntax, 'Left', 'xTile', {
			offset: `(partRow + ${i * MATRIX_SIZE}u) * X_STRIDE + ${step / HALVES_PER_VECTOR}u`,
			order: 'rows',
			stride: 'X_STRIDE',
		});
	const wAt = (j: number, step: number): string => {
		const line = Math.floor(j / perWeight) * depth + step;
		const column = ((j % perWeight) * MATRIX_SIZE) / HALVES_PER_VECTOR;
		return matrixLoad(syntax, 'Right', 'wTile', {
			offset: `${line * wStride + column}u + partColumn / ${HALVES_PER_VECTOR}u`,
			order: 'rows',
			stride: 'W_STRIDE',
		});
	};
	return range(depth / MATRIX_SIZE).map((slice) => {
		const step = slice * MATRIX_SIZE;
		return wgsl`
			{
				${columnParts.map((j) => `let b${j} = ${wAt(j, step)};`)}
				${rowParts.map((i) => [
					`let a${i} = ${xAt(i, step)};`,
					columnParts.map(
						(j) => `c${i}_${j} = subgroupMatrixMultiplyAccumulate(a${i}, b${j}, c${i}_${j});`,
					),
				])}
			}
		`;
	});
}

/** The epilogue of each sum. */
function finishWgsl({ syntax, isDual, tile }: MatrixLinearShader): Wgsl {
	const weights = range(isDual ? 2 : 1);
	const perWeight = tile.partColumns / MATRIX_SIZE / weights.length;
	const stride = `${MATRIX_SIZE / 4}u`;
	return range(tile.partRows / MATRIX_SIZE).flatMap((i) =>
		range(perWeight).map((j) => {
			const stored = weights.map((weight) => {
				const place = `place + ${(weight * MATRIX_ELEMENTS) / 4}u`;
				return matrixStore(syntax, 'results', place, `c${i}_${j + weight * perWeight}`, stride);
			});
			return wgsl`
				workgroupBarrier();
				${stored.join(' ')}
				workgroupBarrier();
				finish(place, lane, firstRow + partRow + ${i * MATRIX_SIZE}u, firstColumn + partColumn + ${j * MATRIX_SIZE}u);
			`;
		}),
	);
}
