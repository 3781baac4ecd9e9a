import type { KernelTarget } from './kernel-dispatch.ts';
import { F16_BYTES, F32_BYTES } from './kernel-dispatch.ts';
import {
	HALVES_PER_VECTOR,
	MATRIX_ELEMENTS,
	MATRIX_SIZE,
	MATRIX_SUBGROUP,
} from './matrix-units.ts';
import { type TunedChoice, tunedTile } from './tuned-choice.ts';
import { TUNED_TILES } from './tuned-tiles.ts';

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
	{ limits }: Pick<KernelTarget, 'limits'>,
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

/** The tile that was fastest for about so many results, among those that fit; undefined where none does. */
export function chooseMatrixLinearTile(
	layer: MatrixLayer,
	rows: number,
	target: Pick<KernelTarget, 'limits'>,
): MatrixLinearTile | undefined {
	const fits = (tile: MatrixLinearTile): boolean => matrixLinearTileFits(tile, layer, target);
	return tunedTile(choicesOf(layer), rows * layer.columns, fits, undefined);
}

/** All tiles that layers of these extents are computed in on this adapter, whatever their rows. */
export function matrixLinearTilesInUse(
	layer: MatrixLayer,
	target: Pick<KernelTarget, 'limits'>,
): readonly MatrixLinearTile[] {
	const chosen = choicesOf(layer).flatMap(({ minElements }) => {
		return chooseMatrixLinearTile(layer, Math.ceil(minElements / layer.columns), target) ?? [];
	});
	return [...new Map(chosen.map((tile) => [matrixLinearTileName(tile), tile])).values()];
}

function choicesOf({ weights }: MatrixLayer): readonly TunedChoice<MatrixLinearTile>[] {
	return weights === 2 ? TUNED_TILES.matrixDualLinear : TUNED_TILES.matrixLinear;
}

function storageBytes(tile: MatrixLinearTile, weights: number): number {
	const { rows, columns, depth } = tile;
	const x = rows * (depth + TILE_PAD) * F16_BYTES;
	const w = depth * (columns + weights * TILE_PAD) * F16_BYTES;
	const results = matrixLinearSubgroups(tile) * weights * MATRIX_ELEMENTS * F32_BYTES;
	return x + w + results;
}
