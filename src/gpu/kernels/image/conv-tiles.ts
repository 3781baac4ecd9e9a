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

/** By output channels, and by these times pixels. */
export const CONV_TILES = new TileTable<ConvTile, { readonly kernel: 1 | 3 }>({
	name: convTileName,
	fits: (tile, { kernel }, limits) => convTileFits(tile, kernel, limits),
	choices: ({ kernel }) => (kernel === 1 ? TUNED_POINTWISE_CONV_TILES : TUNED_CONV_TILES),
	lastResort: SMALLEST,
});
