import { describe, expect, it } from 'vitest';
import { ATTENTION_TILES } from '../../../../../src/gpu/kernels/attention/attention-tiles.ts';
import { TileRules } from '../../../../../src/gpu/kernels/dispatch/tile-rules.ts';
import { CONV_TILES } from '../../../../../src/gpu/kernels/image/conv-tiles.ts';
import type { LinearTile } from '../../../../../src/gpu/kernels/linear/linear-tile.ts';
import { LINEAR_TILES } from '../../../../../src/gpu/kernels/linear/linear-tiles.ts';
import { H100 } from '../../../../fixtures/full-size-model.ts';

const KIND = { isDual: false };
const LAYER = { elements: 4224 * 3840, rows: 4224 };
const BYTES_OF_16_KB = 16 * 1024;

function chosen(tiles: TileRules): LinearTile {
	return LINEAR_TILES.choose(KIND, LAYER, { ...H100, tiles });
}

describe('the safe tiles', () => {
	const limits = {
		...H100.limits,
		maxComputeWorkgroupStorageSize: BYTES_OF_16_KB,
		maxComputeInvocationsPerWorkgroup: 128,
	};
	const target = { ...H100, limits, tiles: new TileRules('safe') };

	it('fit 16 KB and 128 threads, and are given to whatever is large enough', () => {
		const { rows, columns, threadRows, threadColumns, unroll } = LINEAR_TILES.choose(
			...([KIND, LAYER, target] as const),
		);
		expect(threadRows * threadColumns).toBe(32);
		expect((rows / threadRows) * (columns / threadColumns)).toBe(64);
		expect(unroll).toBeLessThanOrEqual(8);
		const wide = { elements: 2 ** 24, channels: 512 };
		expect(CONV_TILES.choose({ kernel: 3 }, wide, target).outChannels).toBe(32);
		// Three channels would leave most of it idle.
		expect(CONV_TILES.choose({ kernel: 3 }, { ...wide, channels: 3 }, target).outChannels).toBe(4);
		expect(ATTENTION_TILES.choose({ headDim: 128 }, LAYER, target).queries).toBe(32);
	});
});

it('gives the tuned tiles where nothing is known, and those of the level that won', () => {
	const tuned = LINEAR_TILES.choose(KIND, LAYER, H100);
	expect(chosen(new TileRules('tuned'))).toBe(tuned);
	expect(chosen(new TileRules('safe', [['linear', 'tuned']]))).toBe(tuned);
	const middle = chosen(new TileRules('safe', [['linear', 'middle']]));
	expect(middle.threadRows * middle.threadColumns).toBe(64);
});

it('gives a lighter tile instead of one that is refused, and the last resort at the end', () => {
	const tiles = new TileRules('tuned');
	const given: string[] = [];
	for (let tries = 0; tries < 20; tries++) {
		const tile = chosen(tiles);
		const id = LINEAR_TILES.id(tile, KIND);
		if (tiles.refused.has(id)) break;
		given.push(id);
		tiles.refuse(id, 'wrong');
	}
	expect(new Set(given).size).toBe(given.length);
	expect(given.at(-2)).toContain('32x64x16 by 4x8');
	expect(given.at(-1)).toContain('16x64x32');
	// The other kind keeps its own.
	expect(LINEAR_TILES.choose({ isDual: true }, LAYER, { ...H100, tiles })).toBe(
		LINEAR_TILES.choose({ isDual: true }, LAYER, H100),
	);
});
