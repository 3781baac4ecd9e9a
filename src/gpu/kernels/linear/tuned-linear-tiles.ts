import type { TunedChoice } from '../dispatch/tile-table.ts';
import type { LinearTile } from './linear-tile.ts';

/** Written by `npm run bench -- tune` on NVIDIA H100 80GB, Chromium 156 on Linux. */
// prettier-ignore
export const TUNED_LINEAR_TILES: readonly TunedChoice<LinearTile>[] = [
	{ minElements: 26487410, tiles: [
		{ rows: 128, columns: 128, depth: 16, threadRows: 16, threadColumns: 8, xLayout: 'columns', staging: 'prefetched', unroll: 16, packedWeights: false, band: 8 },
		{ rows: 128, columns: 64, depth: 16, threadRows: 8, threadColumns: 8, xLayout: 'columns', staging: 'prefetched', unroll: 16, packedWeights: false, band: 8 },
	] },
	{ minElements: 13243705, tiles: [
		{ rows: 128, columns: 64, depth: 16, threadRows: 8, threadColumns: 8, xLayout: 'columns', staging: 'prefetched', unroll: 16, packedWeights: false, band: 8 },
	] },
	{ minElements: 802649, tiles: [
		{ rows: 32, columns: 64, depth: 16, threadRows: 8, threadColumns: 8, xLayout: 'columns', staging: 'prefetched', unroll: 16, packedWeights: false, band: 8 },
	] },
	{ minElements: 0, tiles: [
		{ rows: 32, columns: 32, depth: 16, threadRows: 4, threadColumns: 8, xLayout: 'columns', staging: 'prefetched', unroll: 16, packedWeights: false, band: 8 },
	] },
];

/** Where x is multiplied with two weights. */
// prettier-ignore
export const TUNED_DUAL_LINEAR_TILES: readonly TunedChoice<LinearTile>[] = [
	{ minElements: 21626880, tiles: [
		{ rows: 128, columns: 128, depth: 16, threadRows: 8, threadColumns: 8, xLayout: 'columns', staging: 'prefetched', unroll: 16, packedWeights: false, band: 8 },
		{ rows: 128, columns: 64, depth: 8, threadRows: 16, threadColumns: 8, xLayout: 'columns', staging: 'direct', unroll: 8, packedWeights: false, band: 8 },
	] },
	{ minElements: 3764757, tiles: [
		{ rows: 128, columns: 128, depth: 16, threadRows: 8, threadColumns: 8, xLayout: 'columns', staging: 'prefetched', unroll: 16, packedWeights: false, band: 8 },
		{ rows: 128, columns: 128, depth: 16, threadRows: 8, threadColumns: 8, xLayout: 'columns', staging: 'prefetched', unroll: 16, packedWeights: true, band: 8 },
	] },
	{ minElements: 0, tiles: [
		{ rows: 64, columns: 64, depth: 16, threadRows: 8, threadColumns: 8, xLayout: 'columns', staging: 'direct', unroll: 16, packedWeights: false, band: 8 },
	] },
];
