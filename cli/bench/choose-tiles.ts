import type { KernelTiming } from '../../lab/bench/kernel-bench-report.ts';
import { WIDEST_CONV } from '../../lab/bench/kernel-sweep.ts';
import type { AttentionTile } from '../../src/gpu/kernels/attention/attention-tile.ts';
import { ATTENTION_TILES } from '../../src/gpu/kernels/attention/attention-tiles.ts';
import type { KernelTarget } from '../../src/gpu/kernels/dispatch/kernel-dispatch.ts';
import type { TileTarget, TunedChoice } from '../../src/gpu/kernels/dispatch/tile-table.ts';
import type { ConvTile } from '../../src/gpu/kernels/image/conv-tile.ts';
import { CONV_TILES } from '../../src/gpu/kernels/image/conv-tiles.ts';
import type { LinearTile } from '../../src/gpu/kernels/linear/linear-tile.ts';
import { LINEAR_TILES } from '../../src/gpu/kernels/linear/linear-tiles.ts';
import type { MatrixAttentionTile } from '../../src/gpu/kernels/matrix/matrix-attention-tile.ts';
import { MATRIX_ATTENTION_TILES } from '../../src/gpu/kernels/matrix/matrix-attention-tiles.ts';
import type { MatrixLinearTile } from '../../src/gpu/kernels/matrix/matrix-linear-tile.ts';
import { MATRIX_LINEAR_TILES } from '../../src/gpu/kernels/matrix/matrix-linear-tiles.ts';

/** By the constant that holds them; see `TUNED_FILES`. */
export interface TunedTiles {
	readonly TUNED_LINEAR_TILES: readonly TunedChoice<LinearTile>[];
	readonly TUNED_DUAL_LINEAR_TILES: readonly TunedChoice<LinearTile>[];
	readonly TUNED_ATTENTION_TILES: readonly TunedChoice<AttentionTile>[];
	readonly TUNED_CONV_TILES: readonly TunedChoice<ConvTile>[];
	readonly TUNED_POINTWISE_CONV_TILES: readonly TunedChoice<ConvTile>[];
	readonly TUNED_MATRIX_LINEAR_TILES: readonly TunedChoice<MatrixLinearTile>[];
	readonly TUNED_MATRIX_DUAL_LINEAR_TILES: readonly TunedChoice<MatrixLinearTile>[];
	readonly TUNED_MATRIX_ATTENTION_TILES: readonly TunedChoice<MatrixAttentionTile>[];
}

type Limits = KernelTarget['limits'];

/** What adapters offer, the most generous first: for each the table has a tile. */
const ADAPTERS: readonly Pick<
	Limits,
	'maxComputeWorkgroupStorageSize' | 'maxComputeInvocationsPerWorkgroup'
>[] = [
	{ maxComputeWorkgroupStorageSize: 48 * 1024, maxComputeInvocationsPerWorkgroup: 1024 },
	{ maxComputeWorkgroupStorageSize: 32 * 1024, maxComputeInvocationsPerWorkgroup: 1024 },
	{ maxComputeWorkgroupStorageSize: 32 * 1024, maxComputeInvocationsPerWorkgroup: 256 },
	{ maxComputeWorkgroupStorageSize: 16 * 1024, maxComputeInvocationsPerWorkgroup: 256 },
];

/** More is a wrong result, not rounding. */
const LARGEST_DIFFERENCE = 1e-5;
/** The same on matrix units, whose factors are FP16 numbers. */
const LARGEST_MATRIX_DIFFERENCE = 1e-3;
/** Of the heads that were timed; every dimension up to this fits where it does. */
const HEAD_DIM = 128;

/** The fastest right tiles of a sweep, by size of the result and by what adapters can hold; empty for what was not timed. */
export function chooseTiles(timings: readonly KernelTiming[]): TunedTiles {
	const right = timings.filter(
		({ kernel, error, relativeDifference = 0 }) =>
			error === undefined &&
			relativeDifference <=
				(kernel.startsWith('matrix-') ? LARGEST_MATRIX_DIFFERENCE : LARGEST_DIFFERENCE),
	);
	const of = (wanted: KernelTiming['kernel']): readonly KernelTiming[] =>
		right.filter(({ kernel, tile }) => kernel === wanted && tile !== undefined);
	const linearChoices = (kernel: 'linear' | 'swiglu'): readonly TunedChoice<LinearTile>[] =>
		choices<LinearTile>(of(kernel), (tile, target) =>
			LINEAR_TILES.fits(tile, { isDual: kernel === 'swiglu' }, target),
		);
	return {
		TUNED_LINEAR_TILES: linearChoices('linear'),
		TUNED_DUAL_LINEAR_TILES: linearChoices('swiglu'),
		TUNED_ATTENTION_TILES: choices<AttentionTile>(of('attention'), (tile, target) =>
			ATTENTION_TILES.fits(tile, { headDim: HEAD_DIM }, target),
		),
		TUNED_CONV_TILES: convChoices(of('conv'), 3),
		TUNED_POINTWISE_CONV_TILES: convChoices(of('pointwise-conv'), 1),
		TUNED_MATRIX_LINEAR_TILES: matrixChoices(of('matrix-linear'), 1),
		TUNED_MATRIX_DUAL_LINEAR_TILES: matrixChoices(of('matrix-swiglu'), 2),
		TUNED_MATRIX_ATTENTION_TILES: choices<MatrixAttentionTile>(
			of('matrix-attention'),
			(tile, target) => MATRIX_ATTENTION_TILES.fits(tile, { headDim: HEAD_DIM }, target),
		),
	};
}

/** By output channels first: a tile with many of them is mostly empty where there are few. */
function convChoices(
	timings: readonly KernelTiming[],
	kernel: 1 | 3,
): readonly TunedChoice<ConvTile>[] {
	const widthOf = ({ outChannels = 0 }: KernelTiming): number => Math.min(outChannels, WIDEST_CONV);
	const fits = (tile: ConvTile, target: TileTarget): boolean =>
		CONV_TILES.fits(tile, { kernel }, target);
	const widths = [...new Set(timings.map(widthOf))].sort((a, b) => b - a);
	return widths.flatMap((width, index) => {
		const ofWidth = timings.filter((timing) => widthOf(timing) === width);
		const minChannels = halfwayDown(width, widths[index + 1]);
		return choices<ConvTile>(ofWidth, fits).map((choice) => ({ minChannels, ...choice }));
	});
}

/** For layers of whole tiles. */
function matrixChoices(
	timings: readonly KernelTiming[],
	weights: 1 | 2,
): readonly TunedChoice<MatrixLinearTile>[] {
	return choices<MatrixLinearTile>(timings, (tile, target) => {
		const { depth, columns } = tile;
		return MATRIX_LINEAR_TILES.fits(tile, { depth, columns, weights }, target);
	});
}

function choices<Tile>(
	timings: readonly KernelTiming[],
	fits: (tile: Tile, target: TileTarget) => boolean,
): readonly TunedChoice<Tile>[] {
	const sizes = [...new Set(timings.map(({ elements = 0 }) => elements))].sort((a, b) => b - a);
	const all = sizes.map((size, index) => {
		const tiles = ranked<Tile>(timings.filter(({ elements }) => elements === size));
		const fitting = ADAPTERS.flatMap((limits) => {
			const target = { limits: { ...UNLIMITED, ...limits } };
			return tiles.find((tile) => fits(tile, target)) ?? [];
		});
		return {
			minElements: halfwayDown(size, sizes[index + 1]),
			tiles: [...new Set(fitting)],
		};
	});
	// Neighbours of the same tiles are one choice.
	return all.filter(
		({ tiles }, index) => JSON.stringify(tiles) !== JSON.stringify(all[index + 1]?.tiles),
	);
}

/** Where a choice for `size` ends: halfway to the next, as factors; nowhere for the last. */
function halfwayDown(size: number, next: number | undefined): number {
	return next === undefined ? 0 : Math.round(Math.sqrt(size * next));
}

const UNLIMITED: Limits = {
	maxComputeWorkgroupStorageSize: Infinity,
	maxComputeInvocationsPerWorkgroup: Infinity,
	maxComputeWorkgroupsPerDimension: Infinity,
	maxStorageBufferBindingSize: Infinity,
};

/** Tiles by their time for all shapes of one size, the fastest first; only those timed for every shape. */
function ranked<Tile>(timings: readonly KernelTiming[]): readonly Tile[] {
	const shapeOf = ({ kernel, what }: KernelTiming): string => `${kernel} ${what.split(' ')[0]}`;
	const shapes = new Set(timings.map(shapeOf)).size;
	const sums = new Map<string, { milliseconds: number; count: number }>();
	for (const { tile, milliseconds } of timings) {
		const key = JSON.stringify(tile);
		const sum = sums.get(key) ?? { milliseconds: 0, count: 0 };
		sums.set(key, { milliseconds: sum.milliseconds + milliseconds, count: sum.count + 1 });
	}
	return [...sums]
		.filter(([, { count }]) => count === shapes)
		.sort(([, a], [, b]) => a.milliseconds - b.milliseconds)
		.map(([key]) => JSON.parse(key) as Tile);
}
