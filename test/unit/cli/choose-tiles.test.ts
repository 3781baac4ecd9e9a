import { expect, it } from 'vitest';
import { chooseTiles } from '../../../cli/bench/choose-tiles.ts';
import type { KernelTiming } from '../../../src/lab/bench/kernel-bench-report.ts';
import { attentionTileFits } from '../../../src/gpu/kernels/attention-tiles.ts';
import { chooseConvTile, type ConvTile } from '../../../src/gpu/kernels/conv-tiles.ts';
import { chooseLinearTile, type LinearTile } from '../../../src/gpu/kernels/linear-tiles.ts';
import { TUNED_TILES, type TunedTiles } from '../../../src/gpu/kernels/tuned-tiles.ts';
import { H100 } from '../../fixtures/full-size-model.ts';

const SMALL: LinearTile = {
	rows: 64,
	columns: 64,
	depth: 16,
	threadRows: 8,
	threadColumns: 8,
	xLayout: 'columns',
	staging: 'prefetched',
	unroll: 16,
	packedWeights: false,
	band: 8,
};
/** 33 KB of workgroup memory. */
const LARGE: LinearTile = { ...SMALL, rows: 128, columns: 128, depth: 32 };

const PRESENT: TunedTiles = {
	card: 'another card',
	linear: [{ minElements: 0, tiles: [LARGE] }],
	dualLinear: [],
	attention: [],
	conv: [],
	pointwiseConv: [],
	matrixLinear: [],
	matrixDualLinear: [],
	matrixAttention: [],
};

const CONV: ConvTile = {
	outChannels: 64,
	threadChannels: 8,
	width: 32,
	height: 4,
	depth: 4,
	prefetch: false,
};
/** 22 KB of workgroup memory for a 3x3 kernel. */
const WIDE_CONV: ConvTile = { ...CONV, outChannels: 128 };

function convTiming(
	outChannels: number,
	size: number,
	tile: ConvTile,
	milliseconds: number,
	kernel: 'conv' | 'pointwise-conv' = 'conv',
): KernelTiming {
	const what = `512→${outChannels}@${size}² some tile`;
	const elements = outChannels * size ** 2;
	return { kernel, what, tile, elements, outChannels, milliseconds, teraflops: 1 };
}

function timing(
	shape: string,
	elements: number,
	tile: LinearTile,
	milliseconds: number,
	relativeDifference = 0,
): KernelTiming {
	const what = `${shape} some tile`;
	return { kernel: 'linear', what, tile, elements, milliseconds, teraflops: 1, relativeDifference };
}

it('takes the fastest right tile of each size, and for smaller adapters the fastest that fits', () => {
	const { linear } = chooseTiles(
		'a card',
		[
			timing('100x8x100', 10_000, LARGE, 1),
			timing('100x8x100', 10_000, SMALL, 2),
			timing('100x8x100', 10_000, { ...SMALL, rows: 32 }, 0.5, 1e-3),
			timing('10x8x10', 100, LARGE, 2),
			timing('10x8x10', 100, SMALL, 1),
		],
		PRESENT,
	);
	expect(linear).toEqual([
		{ minElements: 1000, tiles: [LARGE, SMALL] },
		{ minElements: 0, tiles: [SMALL] },
	]);
});

it('ranks by the time of all shapes of a size, and joins neighbours of the same tiles', () => {
	const { linear } = chooseTiles(
		'a card',
		[
			timing('100x8x100', 10_000, SMALL, 1),
			timing('100x64x100', 10_000, SMALL, 5),
			timing('100x8x100', 10_000, LARGE, 2),
			timing('100x64x100', 10_000, LARGE, 3),
			timing('100x8x100', 10_000, { ...LARGE, band: 1 }, 0.1),
			timing('10x8x10', 100, LARGE, 1),
			timing('10x8x10', 100, SMALL, 2),
		],
		PRESENT,
	);
	expect(linear).toEqual([{ minElements: 0, tiles: [LARGE, SMALL] }]);
});

it('takes tiles of convolutions by output channels first, those of the widest tile and more as one', () => {
	const narrow = { ...CONV, outChannels: 16 };
	const { conv, pointwiseConv } = chooseTiles(
		'a card',
		[
			convTiming(512, 100, WIDE_CONV, 1),
			convTiming(512, 100, CONV, 2),
			convTiming(128, 10, CONV, 1),
			convTiming(128, 10, WIDE_CONV, 2),
			convTiming(32, 100, CONV, 2),
			convTiming(32, 100, narrow, 1),
			convTiming(3, 100, CONV, 2),
			convTiming(3, 100, narrow, 1),
			convTiming(256, 100, WIDE_CONV, 1, 'pointwise-conv'),
			convTiming(256, 100, CONV, 2, 'pointwise-conv'),
		],
		PRESENT,
	);
	expect(conv).toEqual([
		{ minChannels: 64, minElements: 256000, tiles: [WIDE_CONV, CONV] },
		{ minChannels: 64, minElements: 0, tiles: [CONV] },
		{ minChannels: 10, minElements: 0, tiles: [narrow] },
		{ minChannels: 0, minElements: 0, tiles: [narrow] },
	]);
	// The weights of one tap take less memory.
	expect(pointwiseConv).toEqual([{ minChannels: 0, minElements: 0, tiles: [WIDE_CONV] }]);
});

it('keeps the tiles of kernels that were not timed', () => {
	const timings = [convTiming(512, 100, CONV, 1)];
	const tiles = chooseTiles('a card', timings, PRESENT);
	expect(tiles).toEqual({
		...PRESENT,
		card: 'a card',
		conv: [{ minChannels: 0, minElements: 0, tiles: [CONV] }],
	});
});

it('has a tile for every adapter in the table that the engine chooses by', () => {
	const limits = {
		...H100.limits,
		maxComputeWorkgroupStorageSize: 16 * 1024,
		maxComputeInvocationsPerWorkgroup: 256,
	};
	for (const isDual of [false, true]) {
		const tile = chooseLinearTile(4224, 10240, isDual, { ...H100, limits });
		expect(tile.rows).toBeGreaterThan(16);
	}
	for (const size of [32, 128, 1024]) {
		for (const kernel of [1, 3] as const) {
			const tile = chooseConvTile(kernel, 128, size, size, { limits });
			expect(tile.outChannels).toBeGreaterThan(4);
		}
	}
	const [attention] = TUNED_TILES.attention.slice(-1);
	expect(attention?.minElements).toBe(0);
	expect(attention?.tiles.some((tile) => attentionTileFits(tile, 128, H100))).toBe(true);
});
