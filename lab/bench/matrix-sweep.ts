import type { MatrixAttentionTile } from '../../src/gpu/kernels/matrix/matrix-attention-tile.ts';
import type { MatrixLinearTile } from '../../src/gpu/kernels/matrix/matrix-linear-tile.ts';

const SQUARE: MatrixLinearTile = {
	rows: 128,
	columns: 128,
	depth: 32,
	partRows: 64,
	partColumns: 64,
};

/** Tiles to time, the most promising first. */
export const MATRIX_LINEAR_SWEEP: readonly MatrixLinearTile[] = [
	{ ...SQUARE, columns: 256 },
	{ ...SQUARE, rows: 256 },
	SQUARE,
	{ ...SQUARE, depth: 16 },
	{ ...SQUARE, columns: 256, depth: 16 },
	{ ...SQUARE, columns: 256, partRows: 32 },
	{ ...SQUARE, columns: 256, partColumns: 32 },
	{ ...SQUARE, partRows: 32 },
	{ ...SQUARE, partColumns: 32 },
	{ ...SQUARE, rows: 64 },
	{ ...SQUARE, rows: 64, columns: 256 },
	{ ...SQUARE, rows: 64, columns: 64, partRows: 32, partColumns: 32 },
	{ ...SQUARE, rows: 64, columns: 128, partRows: 32 },
	{ ...SQUARE, rows: 64, columns: 128, partRows: 32, depth: 16 },
];

/** Tiles to time, the most promising first. */
export const MATRIX_ATTENTION_SWEEP: readonly MatrixAttentionTile[] = [
	{ subgroups: 8, keys: 32 },
	{ subgroups: 4, keys: 32 },
	{ subgroups: 2, keys: 32 },
	{ subgroups: 2, keys: 64 },
];
