import type { AttentionTile } from '../gpu/kernels/attention.ts';
import type { LinearTile } from '../gpu/kernels/linear-tiles.ts';

const LINEAR: LinearTile = {
	rows: 128,
	columns: 128,
	depth: 16,
	threadRows: 8,
	threadColumns: 8,
	xLayout: 'columns',
	staging: 'double',
	unroll: 16,
	packedWeights: false,
	band: 8,
};

/** Tiles to time, the most promising first. */
export const LINEAR_SWEEP: readonly LinearTile[] = [
	LINEAR,
	{ ...LINEAR, xLayout: 'rows' },
	{ ...LINEAR, threadRows: 16 },
	{ ...LINEAR, staging: 'prefetched' },
	{ ...LINEAR, unroll: 1 },
	{ ...LINEAR, unroll: 4 },
	{ ...LINEAR, depth: 8, unroll: 8 },
	{ ...LINEAR, depth: 8, unroll: 8, threadRows: 16 },
	{ ...LINEAR, depth: 8, unroll: 8, rows: 256, threadRows: 16 },
	{ ...LINEAR, depth: 8, unroll: 8, columns: 256, threadColumns: 16 },
	{ ...LINEAR, threadColumns: 16 },
	{ ...LINEAR, band: 1 },
	{ ...LINEAR, staging: 'prefetched', xLayout: 'rows' },
	{ ...LINEAR, staging: 'prefetched', unroll: 1, band: 1 },
	{ ...LINEAR, staging: 'direct' },
	{ ...LINEAR, packedWeights: true },
	{ ...LINEAR, packedWeights: true, threadRows: 16 },
	{ ...LINEAR, packedWeights: true, xLayout: 'rows' },
	{ ...LINEAR, xLayout: 'rows', unroll: 4 },
	{ ...LINEAR, depth: 32, unroll: 32, staging: 'prefetched' },
	{ ...LINEAR, columns: 64 },
	{ ...LINEAR, rows: 64 },
	{ ...LINEAR, rows: 64, xLayout: 'rows' },
	{ ...LINEAR, columns: 64, xLayout: 'rows' },
	{ ...LINEAR, columns: 64, threadRows: 16 },
	{ ...LINEAR, rows: 64, threadColumns: 16 },
	{ ...LINEAR, rows: 256, columns: 64, depth: 8, unroll: 8 },
	{ ...LINEAR, rows: 64, columns: 64 },
	{ ...LINEAR, rows: 64, columns: 64, xLayout: 'rows' },
	{ ...LINEAR, rows: 64, columns: 64, threadRows: 4 },
	{ ...LINEAR, rows: 64, columns: 64, depth: 32, unroll: 32, staging: 'prefetched' },
	{ ...LINEAR, rows: 64, columns: 64, staging: 'prefetched' },
];

const ATTENTION: AttentionTile = {
	queries: 64,
	keys: 128,
	features: 8,
	values: 16,
	staging: 'double',
	unroll: 8,
};

/** Tiles to time, the most promising first. */
export const ATTENTION_SWEEP: readonly AttentionTile[] = [
	ATTENTION,
	{ ...ATTENTION, unroll: 1 },
	{ ...ATTENTION, unroll: 4 },
	{ ...ATTENTION, unroll: 16 },
	{ ...ATTENTION, staging: 'direct' },
	{ ...ATTENTION, staging: 'direct', features: 16 },
	{ ...ATTENTION, staging: 'direct', features: 16, values: 32 },
	{ ...ATTENTION, staging: 'direct', features: 16, values: 32, unroll: 16 },
	{ ...ATTENTION, staging: 'direct', features: 16, values: 16, unroll: 1 },
	{ ...ATTENTION, keys: 64 },
	{ ...ATTENTION, keys: 64, features: 16 },
	{ ...ATTENTION, keys: 64, staging: 'direct', features: 16 },
	{ ...ATTENTION, keys: 64, staging: 'direct', features: 32, values: 32 },
	{ ...ATTENTION, keys: 64, staging: 'direct', features: 16, unroll: 1 },
	{ ...ATTENTION, queries: 128, staging: 'direct' },
	{ ...ATTENTION, queries: 128, keys: 64, staging: 'direct', features: 16 },
	{ ...ATTENTION, queries: 32 },
	{ ...ATTENTION, queries: 32, staging: 'direct', features: 16 },
	{ ...ATTENTION, queries: 32, keys: 64 },
];
