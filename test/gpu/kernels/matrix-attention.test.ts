import { afterAll, beforeAll, expect, it } from 'vitest';
import { matrixAttention } from '../../../src/gpu/kernels/matrix/matrix-attention.ts';
import { MATRIX_ATTENTION_TILES } from '../../../src/gpu/kernels/matrix/matrix-attention-tiles.ts';
import type { MatrixAttentionTile } from '../../../src/gpu/kernels/matrix/matrix-attention-tile.ts';
import { halvesBytes, rowHalves } from '../../../src/gpu/kernels/matrix/row-halves.ts';
import { attentionReference, type AttentionShape } from './attention-reference.ts';
import { emulateMatrices } from './emulate-matrices.ts';
import { KernelBench, normal, relativeError } from './kernel-bench.ts';

/** q, k, v and the weights of the softmax rounded to 11 bits; scores up to 10 take that as an absolute error. */
const TOLERANCE = 3e-3;

let bench: KernelBench;
beforeAll(async () => {
	bench = await KernelBench.open();
});
afterAll(() => bench.context[Symbol.dispose]());

const TILE: MatrixAttentionTile = { subgroups: 2, keys: 32 };
const ONE = { heads: 1, keyValueHeads: 1, headDim: 32 };

interface Case extends AttentionShape {
	readonly name: string;
	readonly tile: MatrixAttentionTile;
	/** Of q, k and v in row i. */
	readonly magnitudes: (row: number) => readonly [q: number, k: number, v: number];
	readonly maxDispatchFlops?: number;
}

const CASES: readonly Case[] = [
	{
		name: 'even rows',
		...ONE,
		queries: 70,
		keys: 75,
		tile: TILE,
		magnitudes: () => [1, 1, 1],
	},
	{
		name: 'two heads that share keys, in row ranges',
		...ONE,
		heads: 2,
		queries: 130,
		keys: 40,
		tile: { subgroups: 4, keys: 32 },
		magnitudes: () => [1, 1, 1],
		maxDispatchFlops: 1,
	},
	{
		name: 'later keys outweigh all before',
		...ONE,
		queries: 20,
		keys: 140,
		tile: { subgroups: 2, keys: 64 },
		magnitudes: (row) => [1, 0.5 + (row / 20) ** 2, 1],
	},
	{
		name: 'magnitudes that FP16 does not hold',
		...ONE,
		queries: 17,
		keys: 64,
		tile: TILE,
		magnitudes: (row) => [10 ** ((row % 5) * 2 - 4), 10 ** ((row % 3) - 1), 10 ** ((row % 13) - 6)],
	},
];

for (const { name, tile, magnitudes, maxDispatchFlops, ...shape } of CASES) {
	it(`softmax(q·kᵀ)·v, ${name}, tile ${MATRIX_ATTENTION_TILES.name(tile)}`, async () => {
		const { queries, keys, heads, keyValueHeads, headDim } = shape;
		const target = bench.target(maxDispatchFlops === undefined ? {} : { maxDispatchFlops });
		const made = [
			{ tokens: queries, parts: heads },
			{ tokens: keys, parts: keyValueHeads },
			{ tokens: keys, parts: keyValueHeads },
		].map(({ tokens, parts }, index) => {
			const width = parts * headDim;
			const values = normal(index + 1, tokens * width).map(
				(value, i) => value * (magnitudes(Math.floor(i / width))[index] ?? NaN),
			);
			const of = {
				halves: bench.empty(halvesBytes(tokens, width) / 4),
				scales: bench.empty(tokens * parts),
			};
			const rows = { label: 'halves', x: bench.f32(values), rows: tokens, parts, depth: headDim };
			return { of, values, dispatches: rowHalves.dispatches({ ...rows, ...of }, target) };
		});
		const [q, k, v] = made;
		const output = bench.empty(queries * heads * headDim);
		const dispatches = matrixAttention.dispatches(
			{
				label: 'matrix attention',
				q: q.of,
				k: k.of,
				v: v.of,
				output,
				...shape,
				scale: 1 / Math.sqrt(headDim),
				syntax: 'template',
				tile,
			},
			target,
		);
		expect(dispatches.length).toBe(maxDispatchFlops === undefined ? 1 : Math.ceil(queries / 64));
		await bench.run(emulateMatrices([...made.flatMap((each) => each.dispatches), ...dispatches]));
		const y = await bench.read(output, queries * heads * headDim);
		const expected = attentionReference(q.values, k.values, v.values, undefined, shape);
		const error = relativeError(y, expected);
		expect(error).toBeLessThanOrEqual(TOLERANCE);
	});
}
