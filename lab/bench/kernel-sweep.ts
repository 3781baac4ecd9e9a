import type { AttentionTile } from '../../src/gpu/kernels/attention/attention-tile.ts';
import type { ConvTile } from '../../src/gpu/kernels/image/conv-tile.ts';
import type { LinearTile } from '../../src/gpu/kernels/linear/linear-tile.ts';

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

const CONV: ConvTile = {
	outChannels: 64,
	threadChannels: 8,
	width: 32,
	height: 4,
	depth: 4,
	prefetch: true,
};
/** Reads the image half as often. */
const WIDE_CONV: ConvTile = { ...CONV, outChannels: 128 };

/** Tiles to time, the most promising first. */
export const CONV_SWEEP: readonly ConvTile[] = [
	WIDE_CONV,
	CONV,
	{ ...WIDE_CONV, depth: 2 },
	{ ...WIDE_CONV, prefetch: false },
	{ ...WIDE_CONV, height: 8, prefetch: false },
	{ ...CONV, height: 8 },
	{ ...CONV, height: 8, depth: 2 },
	{ ...CONV, height: 8, prefetch: false },
	{ ...CONV, height: 8, depth: 8, prefetch: false },
	{ ...CONV, depth: 8, prefetch: false },
	{ ...CONV, prefetch: false },
	{ ...CONV, width: 64, prefetch: false },
	{ ...CONV, threadChannels: 4 },
	{ ...CONV, threadChannels: 4, prefetch: false },
	{ ...CONV, outChannels: 32 },
	{ ...CONV, outChannels: 32, height: 8 },
	{ ...CONV, outChannels: 32, threadChannels: 4 },
	{ ...CONV, outChannels: 16, height: 8 },
	{ ...CONV, outChannels: 16, height: 16, prefetch: false },
	{ ...CONV, outChannels: 16, threadChannels: 4, height: 8 },
	{ ...CONV, outChannels: 4, threadChannels: 4, height: 32, depth: 2, prefetch: false },
	{ ...CONV, outChannels: 4, threadChannels: 4, height: 32, depth: 2 },
	{ ...CONV, outChannels: 4, threadChannels: 4, height: 16, depth: 4 },
	{ ...CONV, outChannels: 4, threadChannels: 4, width: 64, height: 16, depth: 2 },
];

/** Output channels of the widest tile: more are the same case, with more workgroups. */
export const WIDEST_CONV = Math.max(...CONV_SWEEP.map(({ outChannels }) => outChannels));

/** False for tiles that are mostly beyond the result's channels, or that read the image very often. */
export function isWorthTiming(tile: ConvTile, outChannels: number): boolean {
	const most = Math.min(outChannels, WIDEST_CONV);
	return tile.outChannels < 2 * Math.max(most, tile.threadChannels) && tile.outChannels * 4 >= most;
}
