import { F16_BYTES, F32_BYTES, type KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { HALVES_PER_VECTOR, MATRIX_SIZE, MATRIX_SUBGROUP } from './matrix-units.ts';

/** How a workgroup cuts attention on matrix units. */
export interface MatrixAttentionTile {
	/** Each has 16 queries. */
	readonly subgroups: 2 | 4 | 8;
	/** Scores that a workgroup has at a time, per query. */
	readonly keys: 32 | 64;
}

/** After each row in workgroup memory, against bank conflicts. */
export const HALVES_PAD = HALVES_PER_VECTOR;
export const SCORES_PAD = 4;

export function matrixAttentionTileName({ subgroups, keys }: MatrixAttentionTile): string {
	return `${subgroups * MATRIX_SIZE}x${keys}`;
}

/** True if a head is of whole matrices, and the adapter holds the tile. */
export function matrixAttentionTileFits(
	tile: MatrixAttentionTile,
	headDim: number,
	limits: KernelTarget['limits'],
): boolean {
	return (
		headDim % MATRIX_SIZE === 0 &&
		headDim <= 128 &&
		tile.subgroups * MATRIX_SUBGROUP <= limits.maxComputeInvocationsPerWorkgroup &&
		storageBytes(tile, headDim) <= limits.maxComputeWorkgroupStorageSize
	);
}

function storageBytes({ subgroups, keys }: MatrixAttentionTile, headDim: number): number {
	const keysAndValues = 2 * keys * (headDim + HALVES_PAD) * F16_BYTES;
	const rows = subgroups * MATRIX_SIZE;
	const scores = rows * (keys + SCORES_PAD) * F32_BYTES;
	const weights = rows * (keys + HALVES_PAD) * F16_BYTES;
	return keysAndValues + scores + weights + (3 * keys + subgroups) * F32_BYTES;
}
