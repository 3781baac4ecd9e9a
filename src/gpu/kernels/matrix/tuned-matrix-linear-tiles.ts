import type { TunedChoice } from '../dispatch/tile-table.ts';
import type { MatrixLinearTile } from './matrix-linear-tile.ts';

/** Written by `npm run bench -- tune` on NVIDIA H100 80GB, Chromium 156 on Linux. */
// prettier-ignore
export const TUNED_MATRIX_LINEAR_TILES: readonly TunedChoice<MatrixLinearTile>[] = [
	{ minElements: 26487410, tiles: [
		{ rows: 128, columns: 256, depth: 32, partRows: 64, partColumns: 64 },
		{ rows: 128, columns: 128, depth: 32, partRows: 64, partColumns: 64 },
		{ rows: 128, columns: 128, depth: 16, partRows: 64, partColumns: 64 },
	] },
	{ minElements: 13243705, tiles: [
		{ rows: 128, columns: 256, depth: 32, partRows: 64, partColumns: 64 },
		{ rows: 64, columns: 128, depth: 32, partRows: 32, partColumns: 64 },
		{ rows: 128, columns: 128, depth: 16, partRows: 64, partColumns: 64 },
	] },
	{ minElements: 6621853, tiles: [
		{ rows: 128, columns: 256, depth: 32, partRows: 64, partColumns: 64 },
		{ rows: 128, columns: 128, depth: 16, partRows: 64, partColumns: 64 },
	] },
	{ minElements: 0, tiles: [
		{ rows: 64, columns: 128, depth: 32, partRows: 32, partColumns: 64 },
		{ rows: 64, columns: 64, depth: 32, partRows: 32, partColumns: 32 },
	] },
];

/** Where x is multiplied with two weights. */
// prettier-ignore
export const TUNED_MATRIX_DUAL_LINEAR_TILES: readonly TunedChoice<MatrixLinearTile>[] = [
	{ minElements: 21626880, tiles: [
		{ rows: 128, columns: 256, depth: 32, partRows: 64, partColumns: 64 },
		{ rows: 128, columns: 128, depth: 16, partRows: 64, partColumns: 64 },
		{ rows: 64, columns: 128, depth: 16, partRows: 32, partColumns: 64 },
	] },
	{ minElements: 0, tiles: [
		{ rows: 128, columns: 256, depth: 32, partRows: 64, partColumns: 64 },
		{ rows: 64, columns: 128, depth: 32, partRows: 32, partColumns: 64 },
		{ rows: 64, columns: 128, depth: 16, partRows: 32, partColumns: 64 },
	] },
];
