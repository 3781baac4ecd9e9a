import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';

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
	limits: KernelTarget['limits'],
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
