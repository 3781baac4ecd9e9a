import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';

/** How a workgroup cuts a matrix product. */
export interface LinearTile {
	readonly rows: number;
	readonly columns: number;
	/** Elements of the shared extent that are in workgroup memory at a time: a slice. */
	readonly depth: number;
	/** Rows of one thread: a multiple of 4. */
	readonly threadRows: 4 | 8 | 16;
	/** Columns of one thread: a multiple of 4. */
	readonly threadColumns: 4 | 8 | 16;
	/** How x lies in workgroup memory: as in its buffer, or transposed. */
	readonly xLayout: 'rows' | 'columns';
	/**
	 * - `direct`: a slice is loaded and stored before it is multiplied.
	 * - `prefetched`: the next slice is loaded into registers while the present one is multiplied.
	 * - `double`: that, and stored beside the present one: one barrier a slice instead of two.
	 */
	readonly staging: 'direct' | 'prefetched' | 'double';
	/** Steps of the shared extent that are written out: `depth` leaves no loop. */
	readonly unroll: number;
	/** Keeps FP16 in workgroup memory: half the bytes, but each thread widens what it reads. */
	readonly packedWeights: boolean;
	/** Workgroups go down this many tiles before the next column of tiles, so that both operands stay in the cache. */
	readonly band: number;
}

export function tileThreadsX(tile: LinearTile): number {
	return tile.columns / tile.threadColumns;
}

export function tileThreads(tile: LinearTile): number {
	return (tile.rows / tile.threadRows) * tileThreadsX(tile);
}

/** vec4fs from one row of x in workgroup memory to the next; one is padding against bank conflicts. */
export function xStride({ rows, depth, xLayout }: LinearTile): number {
	return (xLayout === 'rows' ? depth : rows) / 4 + 1;
}

function tileStorageBytes(tile: LinearTile): number {
	const { rows, columns, depth, xLayout } = tile;
	const xVectors = xStride(tile) * (xLayout === 'rows' ? rows : depth);
	const weightBytes = depth * columns * (tile.packedWeights ? 2 : 4);
	return (xVectors * 16 + weightBytes) * (tile.staging === 'double' ? 2 : 1);
}

export function linearTileFits(tile: LinearTile, limits: KernelTarget['limits']): boolean {
	return (
		tileStorageBytes(tile) <= limits.maxComputeWorkgroupStorageSize &&
		tileThreads(tile) <= limits.maxComputeInvocationsPerWorkgroup
	);
}

export function linearTileName(tile: LinearTile): string {
	const { rows, columns, depth, threadRows, threadColumns, xLayout, staging, unroll, band } = tile;
	const packed = tile.packedWeights ? ' packed' : '';
	return `${rows}x${columns}x${depth} by ${threadRows}x${threadColumns} ${xLayout} ${staging} unroll ${unroll}${packed} band ${band}`;
}
