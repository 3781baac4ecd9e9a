import type { TunedChoice } from '../dispatch/tile-table.ts';
import type { AttentionTile } from './attention-tile.ts';

/** Written by `npm run bench -- tune` on NVIDIA H100 80GB, Chromium 156 on Linux. */
// prettier-ignore
export const TUNED_ATTENTION_TILES: readonly TunedChoice<AttentionTile>[] = [
	{ minElements: 11030, tiles: [
		{ queries: 64, keys: 128, features: 8, values: 16, staging: 'direct', unroll: 16 },
		{ queries: 32, keys: 64, features: 8, values: 16, staging: 'direct', unroll: 8 },
	] },
	{ minElements: 0, tiles: [
		{ queries: 64, keys: 128, features: 8, values: 32, staging: 'direct', unroll: 8 },
		{ queries: 64, keys: 128, features: 16, values: 16, staging: 'direct', unroll: 8 },
		{ queries: 32, keys: 64, features: 8, values: 16, staging: 'direct', unroll: 8 },
	] },
];
