import { F16_BYTES, F32_BYTES, type KernelTarget } from '../dispatch/kernel-dispatch.ts';
import {
	HALVES_PER_VECTOR,
	MATRIX_ELEMENTS,
	MATRIX_SIZE,
	MATRIX_SUBGROUP,
} from './matrix-units.ts';

/** How a workgroup cuts a linear layer on matrix units. */
export interface MatrixLinearTile {
	readonly rows: 64 | 128 | 256;
	/** With two weights, half of them are the first's. */
	readonly columns: 64 | 128 | 256;
	/** Of a slice in workgroup memory. */
	readonly depth: 16 | 32 | 64;
	/** Of the part that a subgroup computes. */
	readonly partRows: 32 | 64;
	readonly partColumns: 32 | 64;
}

/** A layer's extents, as far as tiles must divide them. */
export interface MatrixLayer {
	readonly depth: number;
	readonly columns: number;
	/** One, or two. */
	readonly weights: number;
}

/** Halves after each row in workgroup memory, against bank conflicts. */
export const TILE_PAD = HALVES_PER_VECTOR;

export function matrixLinearSubgroups(tile: MatrixLinearTile): number {
	return (tile.rows / tile.partRows) * (tile.columns / tile.partColumns);
}

export function matrixLinearTileName(tile: MatrixLinearTile): string {
	const { rows, columns, depth, partRows, partColumns } = tile;
	return `${rows}x${columns}x${depth} in ${partRows}x${partColumns}`;
}

/** True if whole tiles cover the layer, whole pieces a tile, and the adapter holds it. */
export function matrixLinearTileFits(
	tile: MatrixLinearTile,
	{ depth, columns, weights }: MatrixLayer,
	limits: KernelTarget['limits'],
): boolean {
	const threads = matrixLinearSubgroups(tile) * MATRIX_SUBGROUP;
	const weightColumns = tile.columns / weights;
	const pieces = [tile.rows * tile.depth, tile.depth * weightColumns];
	return (
		depth % tile.depth === 0 &&
		columns % weightColumns === 0 &&
		tile.partColumns % (weights * MATRIX_SIZE) === 0 &&
		pieces.every((halves) => halves % (HALVES_PER_VECTOR * threads) === 0) &&
		threads <= limits.maxComputeInvocationsPerWorkgroup &&
		storageBytes(tile, weights) <= limits.maxComputeWorkgroupStorageSize
	);
}

function storageBytes(tile: MatrixLinearTile, weights: number): number {
	const { rows, columns, depth } = tile;
	const x = rows * (depth + TILE_PAD) * F16_BYTES;
	const w = depth * (columns + weights * TILE_PAD) * F16_BYTES;
	const results = matrixLinearSubgroups(tile) * weights * MATRIX_ELEMENTS * F32_BYTES;
	return x + w + results;
}
