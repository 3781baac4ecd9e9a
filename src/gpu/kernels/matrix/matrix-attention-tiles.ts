import { TileTable } from '../dispatch/tile-table.ts';
import {
	type MatrixAttentionTile,
	matrixAttentionTileFits,
	matrixAttentionTileName,
} from './matrix-attention-tile.ts';
import { TUNED_MATRIX_ATTENTION_TILES } from './tuned-matrix-attention-tiles.ts';

/** By rows of all heads; none for heads that are not of whole matrices. */
export const MATRIX_ATTENTION_TILES = new TileTable<
	MatrixAttentionTile,
	{ readonly headDim: number },
	undefined
>({
	kernel: 'matrix-attention',
	name: matrixAttentionTileName,
	fits: (tile, { headDim }, limits) => matrixAttentionTileFits(tile, headDim, limits),
	choices: () => TUNED_MATRIX_ATTENTION_TILES,
	lastResort: undefined,
});
