import { TileTable } from '../dispatch/tile-table.ts';
import { type ConvTile, convTileFits, convTileName } from './conv-tile.ts';
import { TUNED_CONV_TILES, TUNED_POINTWISE_CONV_TILES } from './tuned-conv-tiles.ts';

/** Any adapter can hold it: for the few channels of the picture itself large patches, each read once. */
const SMALLEST: ConvTile = {
	outChannels: 4,
	threadChannels: 4,
	width: 32,
	height: 32,
	depth: 2,
	prefetch: false,
};

/** 32 sums in each of 128 threads, 8.6 KB. */
const SAFE: ConvTile = {
	outChannels: 32,
	threadChannels: 4,
	width: 32,
	height: 4,
	depth: 4,
	prefetch: false,
};

/** By output channels, and by these times pixels. */
export const CONV_TILES = new TileTable<ConvTile, { readonly kernel: 1 | 3 }>({
	kernel: 'conv',
	name: convTileName,
	fits: (tile, { kernel }, limits) => convTileFits(tile, kernel, limits),
	choices: ({ kernel }) => (kernel === 1 ? TUNED_POINTWISE_CONV_TILES : TUNED_CONV_TILES),
	lighter: [{ level: 'safe', tile: SAFE }],
	leastChannels: ({ outChannels }) => outChannels / 2,
	lastResort: SMALLEST,
});
