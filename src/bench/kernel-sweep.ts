import type { AttentionTile } from '../gpu/kernels/attention.ts';
import type { LinearTile } from '../gpu/kernels/linear-tiles.ts';

/** One warp or two: barriers cost little. */
const SMALL: LinearTile = {
	rows: 64,
	columns: 64,
	depth: 16,
	threadRows: 8,
	threadColumns: 8,
	xLayout: 'columns',
	staging: 'prefetched',
	unroll: 16,
	packedWeights: false,
	band: 8,
};
/** Reads each factor half as often. */
const LARGE: LinearTile = { ...SMALL, rows: 128, columns: 128 };

/** Tiles to time, the most promising first. */
export const LINEAR_SWEEP: readonly LinearTile[] = [
	LARGE,
	SMALL,
	{ ...LARGE, depth: 32, unroll: 32 },
	{ ...LARGE, staging: 'double' },
	{ ...SMALL, staging: 'double' },
	{ ...LARGE, staging: 'direct' },
	{ ...LARGE, xLayout: 'rows' },
	{ ...LARGE, depth: 8, unroll: 8 },
	{ ...LARGE, depth: 8, unroll: 8, staging: 'double' },
	{ ...SMALL, depth: 8, unroll: 8 },
	{ ...SMALL, depth: 8, unroll: 8, staging: 'double' },
	{ ...SMALL, xLayout: 'rows' },
	{ ...SMALL, staging: 'direct' },
	{ ...SMALL, columns: 128 },
	{ ...SMALL, columns: 128, depth: 8, unroll: 8 },
	{ ...SMALL, columns: 128, xLayout: 'rows' },
	{ ...SMALL, rows: 128 },
	{ ...SMALL, rows: 128, depth: 8, unroll: 8 },
	{ ...SMALL, rows: 128, staging: 'double' },
	{ ...SMALL, rows: 128, xLayout: 'rows' },
	{ ...SMALL, rows: 128, depth: 32, unroll: 32, staging: 'direct' },
	{ ...LARGE, depth: 32, unroll: 32, staging: 'direct' },
	{ ...LARGE, depth: 32, unroll: 32, xLayout: 'rows' },
	{ ...LARGE, depth: 32, unroll: 16 },
	{ ...LARGE, threadRows: 16 },
	{ ...LARGE, threadRows: 16, staging: 'direct' },
	{ ...LARGE, threadRows: 16, depth: 8, unroll: 8 },
	{ ...LARGE, rows: 256, threadRows: 16, depth: 8, unroll: 8 },
	{ ...LARGE, rows: 256, threadRows: 16 },
	{ ...LARGE, threadColumns: 16, staging: 'direct' },
	{ ...SMALL, rows: 128, threadRows: 16, depth: 8, unroll: 8 },
	{ ...SMALL, rows: 128, threadRows: 16, depth: 8, unroll: 8, staging: 'direct' },
	{ ...LARGE, packedWeights: true },
	{ ...SMALL, packedWeights: true },
	{ ...SMALL, band: 16 },
	{ ...SMALL, band: 32 },
	{ ...LARGE, band: 4 },
	{ ...LARGE, band: 16 },
	{ ...SMALL, unroll: 4 },
	{ ...LARGE, unroll: 4 },
	{ ...SMALL, columns: 32 },
	{ ...SMALL, rows: 32 },
	{ ...SMALL, rows: 32, columns: 32, threadRows: 4 },
];

const ATTENTION: AttentionTile = {
	queries: 64,
	keys: 128,
	features: 8,
	values: 16,
	staging: 'direct',
	unroll: 8,
};

/** Tiles to time, the most promising first. */
export const ATTENTION_SWEEP: readonly AttentionTile[] = [
	ATTENTION,
	{ ...ATTENTION, unroll: 16 },
	{ ...ATTENTION, unroll: 4 },
	{ ...ATTENTION, unroll: 2 },
	{ ...ATTENTION, values: 32 },
	{ ...ATTENTION, features: 16 },
	{ ...ATTENTION, features: 16, values: 32 },
	{ ...ATTENTION, staging: 'double' },
	{ ...ATTENTION, queries: 128 },
	{ ...ATTENTION, queries: 128, unroll: 16 },
	{ ...ATTENTION, queries: 128, values: 32 },
	{ ...ATTENTION, queries: 128, keys: 64 },
	{ ...ATTENTION, queries: 128, keys: 64, features: 16 },
	{ ...ATTENTION, keys: 64 },
	{ ...ATTENTION, keys: 64, features: 16 },
	{ ...ATTENTION, keys: 64, features: 32, values: 32 },
	{ ...ATTENTION, queries: 32 },
	{ ...ATTENTION, queries: 32, keys: 64 },
	{ ...ATTENTION, queries: 32, features: 16 },
];
