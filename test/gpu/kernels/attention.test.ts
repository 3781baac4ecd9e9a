import { afterAll, beforeAll, expect, it } from 'vitest';
import { attention } from '../../../src/gpu/kernels/attention/attention.ts';
import { ATTENTION_TILES } from '../../../src/gpu/kernels/attention/attention-tiles.ts';
import type { AttentionTile } from '../../../src/gpu/kernels/attention/attention-tile.ts';
import { type AttentionShape, attentionReference } from './attention-reference.ts';
import { KernelBench, normal, relativeError } from './kernel-bench.ts';

/** Scores of spread 3: an f32 rounding of the largest weighs on all that follows. */
const TOLERANCE = 2e-6;

let bench: KernelBench;
beforeAll(async () => {
	bench = await KernelBench.open();
});
afterAll(() => bench.context[Symbol.dispose]());

const SMALL: AttentionTile = {
	queries: 32,
	keys: 128,
	features: 8,
	values: 16,
	staging: 'double',
	unroll: 1,
};

interface Case extends AttentionShape {
	readonly masked: boolean;
	readonly maxDispatchFlops?: number;
	readonly tile?: AttentionTile;
}

const CASES: readonly Case[] = [
	{ queries: 45, keys: 150, heads: 2, keyValueHeads: 1, headDim: 64, masked: false, tile: SMALL },
	{
		queries: 70,
		keys: 133,
		heads: 1,
		keyValueHeads: 1,
		headDim: 60,
		masked: true,
		tile: { ...SMALL, keys: 64, staging: 'direct', values: 32 },
	},
	{
		queries: 33,
		keys: 65,
		heads: 2,
		keyValueHeads: 2,
		headDim: 64,
		masked: true,
		tile: { ...SMALL, keys: 64, features: 16 },
	},
	{ queries: 150, keys: 150, heads: 2, keyValueHeads: 2, headDim: 128, masked: false },
	{ queries: 1, keys: 65, heads: 3, keyValueHeads: 1, headDim: 100, masked: false },
	{ queries: 70, keys: 130, heads: 1, keyValueHeads: 1, headDim: 192, masked: false },
	{ queries: 77, keys: 77, heads: 4, keyValueHeads: 2, headDim: 64, masked: true },
	{
		queries: 131,
		keys: 131,
		heads: 2,
		keyValueHeads: 1,
		headDim: 60,
		masked: true,
		maxDispatchFlops: 1,
	},
	{
		queries: 70,
		keys: 70,
		heads: 1,
		keyValueHeads: 1,
		headDim: 192,
		masked: false,
		maxDispatchFlops: 1,
	},
];

for (const { masked, maxDispatchFlops = Infinity, tile, ...shape } of CASES) {
	it(`${JSON.stringify(shape)}${masked ? ', causal' : ''}${tile === undefined ? '' : `, tile ${ATTENTION_TILES.name(tile)}`}`, async () => {
		const { queries, keys, heads, keyValueHeads, headDim } = shape;
		const q = normal(1, queries * heads * headDim).map((x) => 3 * x);
		const k = normal(2, keys * keyValueHeads * headDim);
		const v = normal(3, keys * keyValueHeads * headDim);
		const mask = masked
			? Float32Array.from({ length: queries * keys }, (_, i) =>
					i % keys > Math.floor(i / keys) ? -1e30 : 0,
				)
			: undefined;
		const output = bench.empty(q.length);
		const dispatches = attention.dispatches(
			{
				...shape,
				label: 'attention',
				q: bench.f32(q),
				k: bench.f32(k),
				v: bench.f32(v),
				...(mask === undefined ? {} : { mask: bench.f32(mask) }),
				output,
				...(tile === undefined ? {} : { tile }),
				scale: 1 / Math.sqrt(headDim),
			},
			bench.target({ maxDispatchFlops }),
		);
		await bench.run(dispatches);
		const error = relativeError(
			await bench.read(output, q.length),
			attentionReference(q, k, v, mask, shape),
		);
		expect(error).toBeLessThanOrEqual(TOLERANCE);
	});
}
