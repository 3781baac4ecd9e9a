import type { KernelTarget } from './kernel-dispatch.ts';
import { tilesInUse, tunedTile } from './tuned-choice.ts';
import { TUNED_TILES } from './tuned-tiles.ts';

/** How a workgroup cuts attention. */
export interface AttentionTile {
	readonly queries: 32 | 64 | 128;
	/** Scores that a workgroup has at a time, per query. */
	readonly keys: 64 | 128;
	/** Features of a head that are in workgroup memory at a time, for the scores. */
	readonly features: 8 | 16 | 32;
	/** Keys whose values are in workgroup memory at a time. */
	readonly values: 16 | 32;
	/** `double`: the next piece is loaded while the present one is used, and stored beside it. */
	readonly staging: 'direct' | 'double';
	/** Steps of the innermost loops that are written out. */
	readonly unroll: 1 | 2 | 4 | 8 | 16;
}

/** Threads side by side: each has a sixteenth of the keys, and of the result's features. */
export const THREADS_X = 16;
/** Rows of a thread, in two groups of four. */
export const THREAD_ROWS = 8;

/** Features of the result that one workgroup computes. */
export function attentionSlice(headDim: number): 64 | 128 {
	return headDim <= 64 ? 64 : 128;
}

export function attentionTileFits(
	tile: AttentionTile,
	headDim: number,
	{ limits }: Pick<KernelTarget, 'limits'>,
): boolean {
	return (
		storageBytes(tile, attentionSlice(headDim)) <= limits.maxComputeWorkgroupStorageSize &&
		attentionThreads(tile) <= limits.maxComputeInvocationsPerWorkgroup
	);
}

export function attentionTileName(tile: AttentionTile): string {
	const { queries, keys, features, values, staging, unroll } = tile;
	return `${queries}x${keys} features ${features} values ${values} ${staging} unroll ${unroll}`;
}

function storageBytes(tile: AttentionTile, slice: number): number {
	const { queries, keys, features, values, staging } = tile;
	const scores = features * (queries / 4 + 1 + keys / 4 + 1);
	const products = values * (queries / 4 + 1 + slice / 4);
	const partials = (queries / 4) * THREADS_X;
	return 16 * ((scores + products) * (staging === 'double' ? 2 : 1) + partials);
}

export function attentionThreads({ queries }: AttentionTile): number {
	return (queries / THREAD_ROWS) * THREADS_X;
}

/** For adapters with the least workgroup memory that WebGPU allows, 16 KB. */
const SMALLEST: AttentionTile = {
	queries: 32,
	keys: 64,
	features: 8,
	values: 16,
	staging: 'direct',
	unroll: 4,
};

/** All tiles that heads of this dimension are computed in on this adapter, whatever their number. */
export function attentionTilesInUse(
	headDim: number,
	target: Pick<KernelTarget, 'limits'>,
): readonly AttentionTile[] {
	const fits = (tile: AttentionTile): boolean => attentionTileFits(tile, headDim, target);
	return tilesInUse(TUNED_TILES.attention, fits, SMALLEST);
}

/**
 * The tile that was fastest for about so many rows of all heads, among those that the adapter can hold.
 *
 * @param rows queries times heads
 */
export function chooseAttentionTile(
	rows: number,
	headDim: number,
	target: Pick<KernelTarget, 'limits' | 'compilesSlowly'>,
): AttentionTile {
	if (target.compilesSlowly) return { ...SMALLEST, unroll: 1 };
	const fits = (tile: AttentionTile): boolean => attentionTileFits(tile, headDim, target);
	return tunedTile(TUNED_TILES.attention, rows, fits, SMALLEST);
}
