import type { AttentionTile } from './attention.ts';
import type { LinearTile } from './linear-tiles.ts';

/** What was fastest for results of at least so many elements, the fastest first. */
export interface TunedChoice<Tile> {
	readonly minElements: number;
	readonly tiles: readonly Tile[];
}

export interface TunedTiles {
	/** On which it was measured. */
	readonly card: string;
	/** By rows times columns, the largest first. */
	readonly linear: readonly TunedChoice<LinearTile>[];
	/** The same where x is multiplied with two weights. */
	readonly dualLinear: readonly TunedChoice<LinearTile>[];
	/** By rows times heads, the largest first. */
	readonly attention: readonly TunedChoice<AttentionTile>[];
}

/** Written by `npm run bench -- tune`. */
export const TUNED_TILES: TunedTiles = {
	card: 'NVIDIA H100 80GB, Chromium 156 on Linux',
	linear: [
		{
			minElements: 26487410,
			tiles: [
				{
					rows: 128,
					columns: 128,
					depth: 16,
					threadRows: 16,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'prefetched',
					unroll: 16,
					packedWeights: false,
					band: 8,
				},
				{
					rows: 128,
					columns: 64,
					depth: 16,
					threadRows: 8,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'prefetched',
					unroll: 16,
					packedWeights: false,
					band: 8,
				},
			],
		},
		{
			minElements: 13243705,
			tiles: [
				{
					rows: 128,
					columns: 64,
					depth: 16,
					threadRows: 8,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'prefetched',
					unroll: 16,
					packedWeights: false,
					band: 8,
				},
			],
		},
		{
			minElements: 6621853,
			tiles: [
				{
					rows: 64,
					columns: 64,
					depth: 16,
					threadRows: 8,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'prefetched',
					unroll: 16,
					packedWeights: false,
					band: 16,
				},
			],
		},
		{
			minElements: 0,
			tiles: [
				{
					rows: 32,
					columns: 64,
					depth: 16,
					threadRows: 8,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'prefetched',
					unroll: 16,
					packedWeights: false,
					band: 8,
				},
			],
		},
	],
	dualLinear: [
		{
			minElements: 21626880,
			tiles: [
				{
					rows: 128,
					columns: 128,
					depth: 16,
					threadRows: 8,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'prefetched',
					unroll: 16,
					packedWeights: false,
					band: 8,
				},
				{
					rows: 128,
					columns: 128,
					depth: 16,
					threadRows: 8,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'prefetched',
					unroll: 16,
					packedWeights: true,
					band: 8,
				},
			],
		},
		{
			minElements: 0,
			tiles: [
				{
					rows: 128,
					columns: 128,
					depth: 16,
					threadRows: 8,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'prefetched',
					unroll: 16,
					packedWeights: false,
					band: 16,
				},
				{
					rows: 64,
					columns: 64,
					depth: 16,
					threadRows: 8,
					threadColumns: 8,
					xLayout: 'columns',
					staging: 'direct',
					unroll: 16,
					packedWeights: false,
					band: 8,
				},
			],
		},
	],
	attention: [
		{
			minElements: 0,
			tiles: [
				{ queries: 64, keys: 128, features: 8, values: 16, staging: 'direct', unroll: 16 },
				{ queries: 32, keys: 64, features: 8, values: 16, staging: 'direct', unroll: 8 },
			],
		},
	],
};
