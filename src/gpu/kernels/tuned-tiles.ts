import type { AttentionTile } from './attention.ts';
import type { LinearTile } from './linear-tiles.ts';

/** What was fastest for results of at least so many elements, the fastest first. */
interface TunedChoice<Tile> {
	readonly minElements: number;
	readonly tiles: readonly Tile[];
}

export interface TunedTiles {
	/** On which it was measured. */
	readonly card: string;
	/** By rows times columns, the largest first. */
	readonly linear: readonly TunedChoice<LinearTile>[];
	/** By rows times heads, the largest first. */
	readonly attention: readonly TunedChoice<AttentionTile>[];
}

const LINEAR = {
	threadRows: 8,
	threadColumns: 8,
	xLayout: 'columns',
	staging: 'prefetched',
	unroll: 1,
	packedWeights: false,
	band: 1,
} as const;

export const TUNED_TILES: TunedTiles = {
	card: 'none yet',
	linear: [
		{
			minElements: 768 * 128 * 128,
			tiles: [
				{ ...LINEAR, rows: 128, columns: 128, depth: 16 },
				{ ...LINEAR, rows: 128, columns: 128, depth: 8 },
			],
		},
		{ minElements: 384 * 64 * 128, tiles: [{ ...LINEAR, rows: 64, columns: 128, depth: 16 }] },
		{ minElements: 0, tiles: [{ ...LINEAR, rows: 64, columns: 64, depth: 16 }] },
	],
	attention: [
		{
			minElements: 0,
			tiles: [
				{ queries: 64, keys: 64, features: 16, values: 16, staging: 'direct', unroll: 1 },
				{ queries: 32, keys: 64, features: 8, values: 16, staging: 'direct', unroll: 1 },
			],
		},
	],
};
