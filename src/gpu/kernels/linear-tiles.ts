import type { KernelTarget } from './kernel-dispatch.ts';

/** How a workgroup cuts a matrix product. A thread computes `rowGroups`·4 rows by 8 columns. */
export interface LinearTile {
	readonly rows: number;
	readonly columns: number;
	/** Elements of the shared extent read at a time. */
	readonly depth: number;
	readonly rowGroups: 1 | 2;
	/** Loads the next slice into registers while the present one is multiplied. */
	readonly prefetch: boolean;
}

/** Columns of a thread: two groups of four. */
const THREAD_COLUMNS = 8;

export function tileThreadsX(tile: LinearTile): number {
	return tile.columns / THREAD_COLUMNS;
}

export function tileThreads(tile: LinearTile): number {
	return (tile.rows / (4 * tile.rowGroups)) * tileThreadsX(tile);
}

/** Rows of the transposed slice are padded by one vec4f against bank conflicts. */
export function tileStorageBytes(tile: LinearTile): number {
	return tile.depth * (tile.rows / 4 + 1 + tile.columns / 4) * 16;
}

interface TileChoice {
	readonly tile: LinearTile;
	/**
	 * Taken only where it makes as many workgroups: a large GPU (130 cores, two to four workgroups each)
	 * loses more to a half-empty last wave of large tiles than small tiles cost.
	 */
	readonly minWorkgroups: number;
}

const CHOICES: readonly TileChoice[] = [
	{
		tile: { rows: 128, columns: 128, depth: 16, rowGroups: 2, prefetch: true },
		minWorkgroups: 768,
	},
	// For adapters with 16 KB of workgroup memory.
	{ tile: { rows: 128, columns: 128, depth: 8, rowGroups: 2, prefetch: true }, minWorkgroups: 768 },
	{ tile: { rows: 64, columns: 128, depth: 16, rowGroups: 2, prefetch: true }, minWorkgroups: 384 },
	{ tile: { rows: 64, columns: 64, depth: 16, rowGroups: 2, prefetch: true }, minWorkgroups: 0 },
];

/** For a few rows: conditioning vectors, short prompts. */
const FLAT: LinearTile = { rows: 16, columns: 64, depth: 32, rowGroups: 1, prefetch: false };
const FLAT_MAX_ROWS = 16;

/** The largest tile that the adapter can hold and that leaves enough workgroups. */
export function chooseLinearTile(
	rows: number,
	columns: number,
	{ limits }: Pick<KernelTarget, 'limits'>,
): LinearTile {
	if (rows <= FLAT_MAX_ROWS) return FLAT;
	const choice = CHOICES.find(
		({ tile, minWorkgroups }) =>
			tileStorageBytes(tile) <= limits.maxComputeWorkgroupStorageSize &&
			tileThreads(tile) <= limits.maxComputeInvocationsPerWorkgroup &&
			Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns) >= minWorkgroups,
	);
	return choice?.tile ?? FLAT;
}
