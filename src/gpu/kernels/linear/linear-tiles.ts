import { ROW_RANGE_MULTIPLE } from '../dispatch/row-ranges.ts';
import { TileTable } from '../dispatch/tile-table.ts';
import { type LinearTile, linearTileFits, linearTileName } from './linear-tile.ts';
import { TUNED_DUAL_LINEAR_TILES, TUNED_LINEAR_TILES } from './tuned-linear-tiles.ts';

/** For a few rows: conditioning vectors, short prompts. */
export const FLAT_LINEAR_TILE: LinearTile = {
	rows: 16,
	columns: 64,
	depth: 32,
	threadRows: 4,
	threadColumns: 8,
	xLayout: 'columns',
	staging: 'direct',
	unroll: 1,
	packedWeights: false,
	band: 1,
};

/** For GPUs with fewer registers than those that were tuned on: 64 sums a thread. */
const MIDDLE: LinearTile = {
	rows: 64,
	columns: 64,
	depth: 16,
	threadRows: 8,
	threadColumns: 8,
	xLayout: 'columns',
	staging: 'prefetched',
	unroll: 8,
	packedWeights: false,
	band: 8,
};

/** 32 sums in each of 64 threads, 6.4 KB, little that is written out: what other projects run everywhere. */
const SAFE: LinearTile = {
	...MIDDLE,
	rows: 32,
	threadRows: 4,
	staging: 'direct',
	unroll: 4,
};

/** By rows times columns, among tiles that are no taller than the result. */
export const LINEAR_TILES = new TileTable<LinearTile, { readonly isDual: boolean }>({
	kernel: 'linear',
	name: linearTileName,
	fits: (tile, _, limits) => linearTileFits(tile, limits),
	choices: ({ isDual }) => (isDual ? TUNED_DUAL_LINEAR_TILES : TUNED_LINEAR_TILES),
	lighter: [
		{ level: 'middle', tile: MIDDLE },
		{ level: 'safe', tile: SAFE },
	],
	lastResort: FLAT_LINEAR_TILE,
	leastRows: ({ rows }) => (rows <= ROW_RANGE_MULTIPLE ? FLAT_LINEAR_TILE.rows + 1 : rows),
	// x in rows is read four steps at a time.
	quickToCompile: (tile) => ({ ...tile, unroll: tile.xLayout === 'rows' ? 4 : 1 }),
});
