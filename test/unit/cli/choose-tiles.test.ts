import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { chooseTiles } from '../../../cli/bench/choose-tiles.ts';
import { TUNED_FILES, tunedFileWith } from '../../../cli/bench/tuned-files.ts';
import type { KernelTiming } from '../../../lab/bench/kernel-bench-report.ts';
import type { ConvTile } from '../../../src/gpu/kernels/image/conv-tile.ts';
import type { LinearTile } from '../../../src/gpu/kernels/linear/linear-tile.ts';

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
	const { TUNED_LINEAR_TILES: linear } = chooseTiles([
		timing('100x8x100', 10_000, LARGE, 1),
		timing('100x8x100', 10_000, SMALL, 2),
		timing('100x8x100', 10_000, { ...SMALL, rows: 32 }, 0.5, 1e-3),
		timing('10x8x10', 100, LARGE, 2),
		timing('10x8x10', 100, SMALL, 1),
	]);
	expect(linear).toEqual([
		{ minElements: 1000, tiles: [LARGE, SMALL] },
		{ minElements: 0, tiles: [SMALL] },
	]);
});

it('ranks by the time of all shapes of a size, and joins neighbours of the same tiles', () => {
	const { TUNED_LINEAR_TILES: linear } = chooseTiles([
		timing('100x8x100', 10_000, SMALL, 1),
		timing('100x64x100', 10_000, SMALL, 5),
		timing('100x8x100', 10_000, LARGE, 2),
		timing('100x64x100', 10_000, LARGE, 3),
		timing('100x8x100', 10_000, { ...LARGE, band: 1 }, 0.1),
		timing('10x8x10', 100, LARGE, 1),
		timing('10x8x10', 100, SMALL, 2),
	]);
	expect(linear).toEqual([{ minElements: 0, tiles: [LARGE, SMALL] }]);
});

it('takes tiles of convolutions by output channels first, those of the widest tile and more as one', () => {
	const narrow = { ...CONV, outChannels: 16 };
	const { TUNED_CONV_TILES: conv, TUNED_POINTWISE_CONV_TILES: pointwiseConv } = chooseTiles([
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
	]);
	expect(conv).toEqual([
		{ minChannels: 64, minElements: 256000, tiles: [WIDE_CONV, CONV] },
		{ minChannels: 64, minElements: 0, tiles: [CONV] },
		{ minChannels: 10, minElements: 0, tiles: [narrow] },
		{ minChannels: 0, minElements: 0, tiles: [narrow] },
	]);
	// The weights of one tap take less memory.
	expect(pointwiseConv).toEqual([{ minChannels: 0, minElements: 0, tiles: [WIDE_CONV] }]);
});

it('writes the tiles that were found, and whose, and leaves those of kernels that were not timed', () => {
	const [file] = TUNED_FILES.filter(({ constants }) => constants.includes('TUNED_CONV_TILES'));
	if (file === undefined) throw new Error('no file of convolutions');
	const source = readFileSync(
		new URL(`../../../src/gpu/kernels/${file.path}`, import.meta.url),
		'utf8',
	);
	const tiles = chooseTiles([convTiming(512, 100, CONV, 1)]);
	const written = tunedFileWith(source, file, tiles, 'a $1 card');
	const pointwise = 'export const TUNED_POINTWISE_CONV_TILES';
	expect(written.slice(written.indexOf(pointwise))).toBe(source.slice(source.indexOf(pointwise)));
	expect(written).toContain('/** Written by `npm run bench -- tune` on a $1 card. */');
	expect(written).toContain(`export const TUNED_CONV_TILES: readonly TunedChoice<ConvTile>[] = [
	{ minChannels: 0, minElements: 0, tiles: [
		{ outChannels: 64, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: false },
	] },
];
`);
	expect(tiles.TUNED_LINEAR_TILES).toEqual([]);
});

it('finds in every file the constants that it writes', () => {
	for (const file of TUNED_FILES) {
		const source = readFileSync(
			new URL(`../../../src/gpu/kernels/${file.path}`, import.meta.url),
			'utf8',
		);
		for (const constant of file.constants) {
			const choice = [{ minElements: 0, tiles: [] }];
			const written = tunedFileWith(source, file, { ...chooseTiles([]), [constant]: choice }, '');
			expect(written, constant).toContain('= [\n\t{ minElements: 0, tiles: [\n\t] },\n];');
		}
	}
});
