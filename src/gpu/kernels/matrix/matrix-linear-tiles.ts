import { TileTable } from '../dispatch/tile-table.ts';
import {
	type MatrixLayer,
	type MatrixLinearTile,
	matrixLinearTileFits,
	matrixLinearTileName,
} from './matrix-linear-tile.ts';
import {
	TUNED_MATRIX_DUAL_LINEAR_TILES,
	TUNED_MATRIX_LINEAR_TILES,
} from './tuned-matrix-linear-tiles.ts';

/** By rows times columns; none for layers that no whole tiles cover. */
export const MATRIX_LINEAR_TILES = new TileTable<MatrixLinearTile, MatrixLayer, undefined>({
	kernel: 'matrix-linear',
	name: matrixLinearTileName,
	fits: matrixLinearTileFits,
	choices: ({ weights }) =>
		weights === 2 ? TUNED_MATRIX_DUAL_LINEAR_TILES : TUNED_MATRIX_LINEAR_TILES,
	lastResort: undefined,
});
