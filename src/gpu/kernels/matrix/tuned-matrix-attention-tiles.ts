import type { TunedChoice } from '../dispatch/tile-table.ts';
import type { MatrixAttentionTile } from './matrix-attention-tile.ts';

/** Written by `npm run bench -- tune` on NVIDIA H100 80GB, Chromium 156 on Linux. */
// prettier-ignore
export const TUNED_MATRIX_ATTENTION_TILES: readonly TunedChoice<MatrixAttentionTile>[] = [
	{ minElements: 0, tiles: [
		{ subgroups: 8, keys: 32 },
		{ subgroups: 4, keys: 32 },
	] },
];
