import { TileTable } from '../dispatch/tile-table.ts';
import { type AttentionTile, attentionTileFits, attentionTileName } from './attention-tile.ts';
import { TUNED_ATTENTION_TILES } from './tuned-attention-tiles.ts';

/** For adapters with the least workgroup memory that WebGPU allows, 16 KB. */
const SMALLEST: AttentionTile = {
	queries: 32,
	keys: 64,
	features: 8,
	values: 16,
	staging: 'direct',
	unroll: 4,
};

/** By rows of all heads: queries times heads. */
export const ATTENTION_TILES = new TileTable<AttentionTile, { readonly headDim: number }>({
	kernel: 'attention',
	name: attentionTileName,
	fits: (tile, { headDim }, limits) => attentionTileFits(tile, headDim, limits),
	choices: () => TUNED_ATTENTION_TILES,
	lighter: [{ level: 'safe', tile: SMALLEST }],
	lastResort: SMALLEST,
	quickToCompile: () => ({ ...SMALLEST, unroll: 1 }),
});
