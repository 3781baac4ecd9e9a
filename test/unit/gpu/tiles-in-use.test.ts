import { describe, expect, it } from 'vitest';
import {
	attentionTileFits,
	attentionTilesInUse,
	chooseAttentionTile,
} from '../../../src/gpu/kernels/attention-tiles.ts';
import {
	chooseConvTile,
	convTileFits,
	convTilesInUse,
} from '../../../src/gpu/kernels/conv-tiles.ts';
import {
	chooseLinearTile,
	linearTileFits,
	linearTilesInUse,
} from '../../../src/gpu/kernels/linear-tiles.ts';
import { tilesInUse, tunedTile } from '../../../src/gpu/kernels/tuned-choice.ts';
import { H100 } from '../../fixtures/full-size-model.ts';

const ADAPTERS = [
	{ name: 'the least that WebGPU allows', kilobytes: 16, threads: 256 },
	{ name: 'an H100', kilobytes: 48, threads: 1024 },
].map(({ name, kilobytes, threads }) => ({
	name,
	target: {
		...H100,
		limits: {
			...H100.limits,
			maxComputeWorkgroupStorageSize: kilobytes * 1024,
			maxComputeInvocationsPerWorkgroup: threads,
		},
	},
}));

const EXTENTS = [1, 3, 4, 16, 17, 31, 64, 65, 96, 128, 200, 256, 512, 1056, 3840, 4224, 10240];

describe.each(ADAPTERS)('on $name', ({ target }) => {
	it.each([false, true])('linear layers get no tile but those in use (dual: %s)', (isDual) => {
		const inUse = linearTilesInUse(isDual, target);
		const chosen = EXTENTS.flatMap((rows) =>
			EXTENTS.map((columns) => chooseLinearTile(rows, columns, isDual, target)),
		);
		expect(chosen.filter((tile) => !linearTileFits(tile, target))).toEqual([]);
		expect(inUse).toEqual(expect.arrayContaining([...chosen]));
	});

	it.each([64, 128])('attention gets no tile but those in use (heads of %s)', (headDim) => {
		const inUse = attentionTilesInUse(headDim, target);
		const chosen = EXTENTS.map((rows) => chooseAttentionTile(rows * 30, headDim, target));
		expect(chosen.filter((tile) => !attentionTileFits(tile, headDim, target))).toEqual([]);
		expect(inUse).toEqual(expect.arrayContaining([...chosen]));
	});

	it.each([1, 3] as const)('convolutions get no tile but those in use (kernel %s)', (kernel) => {
		const inUse = convTilesInUse(kernel, target);
		const chosen = EXTENTS.flatMap((channels) =>
			[8, 64, 128, 1024].flatMap((width) =>
				[1, 15, 33, 128, 1024].map((rows) => chooseConvTile(kernel, channels, rows, width, target)),
			),
		);
		expect(chosen.filter((tile) => !convTileFits(tile, kernel, target))).toEqual([]);
		expect(inUse).toEqual(expect.arrayContaining([...chosen]));
	});
});

/** A tile that needs so much memory, for results of at least so many rows. */
interface MadeUpTile {
	readonly kilobytes: number;
	readonly rows: number;
}

const HUGE: MadeUpTile = { kilobytes: 40, rows: 128 };
const LARGE: MadeUpTile = { kilobytes: 20, rows: 128 };
const SMALL: MadeUpTile = { kilobytes: 10, rows: 0 };
const LAST: MadeUpTile = { kilobytes: 1, rows: 0 };
const CHOICES = [
	{ minElements: 1000, tiles: [HUGE, LARGE, SMALL] },
	{ minElements: 0, tiles: [LARGE] },
];

function pick(elements: number, rows: number, kilobytes: number): MadeUpTile {
	const accepts = (tile: MadeUpTile): boolean => tile.kilobytes <= kilobytes && tile.rows <= rows;
	return tunedTile(CHOICES, elements, accepts, LAST);
}

it('takes the fastest tile that is accepted, of this size, then of smaller ones, then the last resort', () => {
	expect(pick(1000, 128, 48)).toBe(HUGE);
	expect(pick(1000, 128, 32)).toBe(LARGE);
	expect(pick(1000, 127, 48)).toBe(SMALL);
	expect(pick(999, 128, 48)).toBe(LARGE);
	expect(pick(999, 127, 48)).toBe(LAST);
	expect(pick(1000, 128, 5)).toBe(LAST);
});

it('counts as in use what some result is given, and nothing that a faster tile is always taken before', () => {
	const inUse = (kilobytes: number): readonly MadeUpTile[] =>
		tilesInUse(
			CHOICES,
			(tile) => tile.kilobytes <= kilobytes,
			LAST,
			({ rows }) => rows,
		);
	expect(inUse(48)).toEqual([HUGE, SMALL, LARGE, LAST]);
	expect(inUse(32)).toEqual([LARGE, SMALL, LAST]);
	expect(inUse(16)).toEqual([SMALL, LAST]);
});
