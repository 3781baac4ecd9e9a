import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ATTENTION_TILES } from '../../../../src/gpu/kernels/attention/attention-tiles.ts';
import { TUNED_ATTENTION_TILES } from '../../../../src/gpu/kernels/attention/tuned-attention-tiles.ts';
import {
	type ResultSize,
	TileTable,
	type TileTarget,
	type TunedChoice,
} from '../../../../src/gpu/kernels/dispatch/tile-table.ts';
import { CONV_TILES } from '../../../../src/gpu/kernels/image/conv-tiles.ts';
import {
	TUNED_CONV_TILES,
	TUNED_POINTWISE_CONV_TILES,
} from '../../../../src/gpu/kernels/image/tuned-conv-tiles.ts';
import { LINEAR_TILES } from '../../../../src/gpu/kernels/linear/linear-tiles.ts';
import {
	TUNED_DUAL_LINEAR_TILES,
	TUNED_LINEAR_TILES,
} from '../../../../src/gpu/kernels/linear/tuned-linear-tiles.ts';
import { MATRIX_ATTENTION_TILES } from '../../../../src/gpu/kernels/matrix/matrix-attention-tiles.ts';
import { MATRIX_LINEAR_TILES } from '../../../../src/gpu/kernels/matrix/matrix-linear-tiles.ts';
import { TUNED_MATRIX_ATTENTION_TILES } from '../../../../src/gpu/kernels/matrix/tuned-matrix-attention-tiles.ts';
import {
	TUNED_MATRIX_DUAL_LINEAR_TILES,
	TUNED_MATRIX_LINEAR_TILES,
} from '../../../../src/gpu/kernels/matrix/tuned-matrix-linear-tiles.ts';
import { H100 } from '../../../fixtures/full-size-model.ts';

function adapter(kilobytes: number, maxComputeInvocationsPerWorkgroup: number): TileTarget {
	const maxComputeWorkgroupStorageSize = kilobytes * 1024;
	const { limits } = H100;
	return {
		limits: { ...limits, maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup },
	};
}

/** The least that WebGPU allows. */
const LEAST = adapter(16, 256);
const ADAPTERS = [
	{ name: 'the least that WebGPU allows', target: LEAST },
	{ name: 'a laptop', target: adapter(32, 256) },
	{ name: 'an H100', target: adapter(48, 1024) },
];

interface Table {
	readonly name: string;
	readonly choices: readonly TunedChoice<unknown>[];
	/** Names of tiles. */
	choose(size: ResultSize, target: TileTarget): string | undefined;
	inUse(target: TileTarget): readonly string[];
	/** True for all tiles of that name. */
	fits(name: string, target: TileTarget): boolean;
	/** Of every tile in the table, and of the last resort. */
	readonly names: readonly string[];
}

function table<Tile, Kind>(
	name: string,
	tiles: TileTable<Tile, Kind, Tile | undefined>,
	kind: Kind,
	choices: readonly TunedChoice<Tile>[],
): Table {
	const lastResort = tiles.choose(kind, { elements: 0, rows: 0, channels: 0 }, adapter(0, 0));
	const all = [...choices.flatMap((choice) => choice.tiles), lastResort ?? []].flat() as Tile[];
	return {
		name,
		choices,
		choose(size, target) {
			const tile = tiles.choose(kind, size, target);
			return tile === undefined ? undefined : tiles.name(tile);
		},
		inUse: (target) => tiles.inUse(kind, target).map((tile) => tiles.name(tile)),
		fits: (wanted, target) =>
			all
				.filter((tile) => tiles.name(tile) === wanted)
				.every((tile) => tiles.fits(tile, kind, target)),
		names: [...new Set(all.map((tile) => JSON.stringify(tile)))].map((tile) =>
			tiles.name(JSON.parse(tile) as Tile),
		),
	};
}

const LAYER = { depth: 3840, columns: 10240 };
const TABLES: readonly Table[] = [
	table('linear layers', LINEAR_TILES, { isDual: false }, TUNED_LINEAR_TILES),
	table('dual linear layers', LINEAR_TILES, { isDual: true }, TUNED_DUAL_LINEAR_TILES),
	table('attention of heads of 64', ATTENTION_TILES, { headDim: 64 }, TUNED_ATTENTION_TILES),
	table('attention of heads of 128', ATTENTION_TILES, { headDim: 128 }, TUNED_ATTENTION_TILES),
	table('convolutions', CONV_TILES, { kernel: 3 }, TUNED_CONV_TILES),
	table('1x1 convolutions', CONV_TILES, { kernel: 1 }, TUNED_POINTWISE_CONV_TILES),
	table(
		'matrix linear layers',
		MATRIX_LINEAR_TILES,
		{ ...LAYER, weights: 1 },
		TUNED_MATRIX_LINEAR_TILES,
	),
	table(
		'dual matrix linear layers',
		MATRIX_LINEAR_TILES,
		{ ...LAYER, weights: 2 },
		TUNED_MATRIX_DUAL_LINEAR_TILES,
	),
	table('matrix attention', MATRIX_ATTENTION_TILES, { headDim: 128 }, TUNED_MATRIX_ATTENTION_TILES),
];

/** Of one to a hundred million elements, evenly by magnitude. */
const SIZES: fc.Arbitrary<ResultSize> = fc
	.tuple(fc.double({ min: 0, max: 27, noNaN: true }), fc.nat(600), fc.nat(600))
	.map(([magnitude, rows, channels]) => ({
		elements: Math.floor(2 ** magnitude),
		rows,
		channels,
	}));

/** Steps are closer than the bounds of any table. */
const GRID: readonly ResultSize[] = Array.from({ length: 110 }, (_, i) => 2 ** (i / 4)).flatMap(
	(elements) =>
		[1, 17, 64, 128, 256].flatMap((rows) =>
			[1, 8, 12, 16, 24, 32, 64, 100, 128, 512].map((channels) => ({ elements, rows, channels })),
		),
);

describe.each(TABLES)('tiles of $name', (tiles) => {
	describe.each(ADAPTERS)('on $name', ({ target }) => {
		it('are those in use, whatever the size', () => {
			const inUse = [undefined, ...tiles.inUse(target)];
			fc.assert(
				fc.property(SIZES, (size) => {
					expect(inUse).toContain(tiles.choose(size, target));
				}),
			);
		});

		it('are in use only where some size is given them', () => {
			const chosen = new Set(GRID.map((size) => tiles.choose(size, target)));
			expect(tiles.inUse(target).filter((name) => !chosen.has(name))).toEqual([]);
		});

		it('fit the adapter', () => {
			expect(tiles.inUse(target).filter((name) => !tiles.fits(name, target))).toEqual([]);
		});
	});

	it('lie in the order of the sizes that they are for, down to the smallest', () => {
		const order = tiles.choices.map(({ minChannels = 0, minElements }) => [
			minChannels,
			minElements,
		]);
		const sorted = [...order].sort(([a = 0, b = 0], [c = 0, d = 0]) => c - a || d - b);
		expect(order).toEqual(sorted);
		expect(order.at(-1)).toEqual([0, 0]);
	});

	it('have each a name of its own', () => {
		expect(new Set(tiles.names).size).toBe(tiles.names.length);
	});
});

it('on the least adapter large results have other tiles than the last resort', () => {
	const large = { elements: 2 ** 25, rows: 4224, channels: 128 };
	const none = adapter(0, 0);
	for (const tiles of TABLES.filter(({ name }) => !name.includes('matrix'))) {
		expect(tiles.choose(large, LEAST), tiles.name).not.toBe(tiles.choose(large, none));
	}
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
const MADE_UP = new TileTable<MadeUpTile, null>({
	kernel: 'linear',
	name: ({ kilobytes }) => `${kilobytes} KB`,
	fits: ({ kilobytes }, _, limits) => kilobytes * 1024 <= limits.maxComputeWorkgroupStorageSize,
	choices: () => [
		{ minElements: 1000, tiles: [HUGE, LARGE, SMALL] },
		{ minElements: 0, tiles: [LARGE] },
	],
	lastResort: LAST,
	leastRows: ({ rows }) => rows,
});

it('the fastest tile that fits is taken, of this size, then of smaller ones, then the last resort', () => {
	const choose = (elements: number, rows: number, kilobytes: number): MadeUpTile =>
		MADE_UP.choose(null, { elements, rows }, adapter(kilobytes, 256));
	expect(choose(1000, 128, 48)).toBe(HUGE);
	expect(choose(1000, 128, 32)).toBe(LARGE);
	expect(choose(1000, 127, 48)).toBe(SMALL);
	expect(choose(999, 128, 48)).toBe(LARGE);
	expect(choose(999, 127, 48)).toBe(LAST);
	expect(choose(1000, 128, 5)).toBe(LAST);
});

it('what a faster tile is always taken before is not in use', () => {
	const inUse = (kilobytes: number): readonly MadeUpTile[] =>
		MADE_UP.inUse(null, adapter(kilobytes, 256));
	expect(inUse(48)).toEqual([HUGE, SMALL, LARGE, LAST]);
	expect(inUse(32)).toEqual([LARGE, SMALL, LAST]);
	expect(inUse(16)).toEqual([SMALL, LAST]);
});
