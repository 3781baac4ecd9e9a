import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WeightFormat } from '../../../src/graph/graph.ts';
import { type Expression, SUM } from '../../../src/gpu/kernels/wgsl/expression.ts';
import type { BoundRange } from '../../../src/gpu/kernels/dispatch/kernel-dispatch.ts';
import type { LinearTile } from '../../../src/gpu/kernels/linear/linear-tile.ts';
import { linear, type SidePart } from '../../../src/gpu/kernels/linear/linear.ts';
import { halves, KernelBench, normal, relativeError, sumBudget } from '../kernels/kernel-bench.ts';

/** Whatever the extents. */
const TOLERANCE = 1e-6;

const SMALL: LinearTile = {
	rows: 32,
	columns: 32,
	depth: 8,
	threadRows: 8,
	threadColumns: 8,
	xLayout: 'columns',
	staging: 'direct',
	unroll: 1,
	packedWeights: false,
	band: 1,
};
const ROWS = 70;
const DEPTH = 52;
/** Of which the weights read 8 to 24, and 24 to 32. */
const DOWN_COLUMNS = 40;

let bench: KernelBench;
beforeAll(async () => {
	bench = await KernelBench.open();
});
afterAll(() => bench.context[Symbol.dispose]());

/** Made-up numbers as a format stores them, and what they are exactly. */
function stored(
	format: WeightFormat,
	seed: number,
	length: number,
): { readonly range: BoundRange<GPUBuffer>; readonly values: ArrayLike<number> } {
	if (format === 'f16') {
		const { bits, values } = halves(seed, length, 0.3);
		return { range: bench.f16(bits), values };
	}
	const values = normal(seed, length);
	if (format === 'f32') {
		return { range: { ref: bench.f32(values), byteOffset: 0, byteLength: 4 * length }, values };
	}
	const words = new Uint32Array(values.buffer);
	words.forEach((word, index) => (words[index] = word & 0xffff0000));
	return { range: bench.f16(Uint16Array.from(words, (word) => word >> 16)), values };
}

/** Adds rows · columns to y. @param first column of x that is read */
function addProduct(
	y: Float64Array,
	x: ArrayLike<number>,
	{
		width,
		first,
		depth,
	}: { readonly width: number; readonly first: number; readonly depth: number },
	w: ArrayLike<number>,
	columns: number,
): void {
	for (let row = 0; row < ROWS; row++) {
		for (let k = 0; k < depth; k++) {
			const factor = x[row * width + first + k];
			for (let column = 0; column < columns; column++) {
				y[row * columns + column] += factor * w[k * columns + column];
			}
		}
	}
}

const GATED: Expression = {
	type: 'multiply',
	left: SUM,
	right: { type: 'sum', index: 1 },
};

it.each([
	['bf16', 264, SMALL, 1],
	['f16', 264, { ...SMALL, staging: 'double' }, 1],
	['f32', 264, { ...SMALL, staging: 'prefetched', packedWeights: true }, 1],
	['bf16', 264, { ...SMALL, xLayout: 'rows', unroll: 4, packedWeights: true }, 1],
	['f32', 37, SMALL, 1],
	['bf16', 37, SMALL, 2],
	['f16', 136, { ...SMALL, columns: 64 }, 2],
] as const)(
	'x·W + down·up of %s, %i columns, tile %o, %i weights',
	async (format, columns, tile, count) => {
		const x = normal(1, ROWS * DEPTH);
		const down = normal(2, ROWS * DOWN_COLUMNS);
		const weights = Array.from({ length: count }, (_, index) =>
			halves(3 + index, DEPTH * columns, 0.2),
		);
		const places = [
			{ firstColumn: 8, rank: 16 },
			{ firstColumn: 24, rank: 8 },
		].slice(0, count);
		const ups = places.map(({ rank }, index) => stored(format, 5 + index, rank * columns));
		const parts = places.map((place, index): SidePart<GPUBuffer> => ({
			...place,
			up: ups[index].range,
		}));
		const output = bench.empty(ROWS * columns);
		await bench.run(
			linear.dispatches(
				{
					...{ label: 'side', x: bench.f32(x), rows: ROWS, depth: DEPTH, columns, output, tile },
					weights: weights.map(({ bits }) => bench.f16(bits)),
					...{ expression: count === 2 ? GATED : SUM, operands: [] },
					side: { down: bench.f32(down), downColumns: DOWN_COLUMNS, format, parts },
				},
				// More than one range of rows.
				bench.target({ maxDispatchFlops: 1 }),
			),
		);
		const sums = weights.map(({ values }, index) => {
			const sum = new Float64Array(ROWS * columns);
			addProduct(sum, x, { width: DEPTH, first: 0, depth: DEPTH }, values, columns);
			const { firstColumn: first, rank } = places[index];
			addProduct(
				sum,
				down,
				{ width: DOWN_COLUMNS, first, depth: rank },
				ups[index].values,
				columns,
			);
			return sum;
		});
		const [expected, factor] = sums;
		if (count === 2) expected.forEach((sum, i) => (expected[i] = sum * factor[i]));
		const error = relativeError(await bench.read(output, ROWS * columns), expected);
		expect(error).toBeLessThanOrEqual(Math.min(TOLERANCE, count * sumBudget(DEPTH + 24)));
	},
);

it('some columns of down · up alone, as matrix units have it added', async () => {
	const columns = 264;
	const down = normal(2, ROWS * DOWN_COLUMNS);
	const up = stored('bf16', 5, 16 * columns);
	const output = bench.empty(ROWS * columns);
	const x = bench.f32(down);
	const side = { down: x, downColumns: DOWN_COLUMNS, format: 'bf16' } as const;
	await bench.run(
		linear.dispatches(
			{
				...{ label: 'side', x, rows: ROWS, depth: 0, columns, output },
				...{ weights: [up.range], format: 'bf16', expression: SUM, operands: [] },
				side: { ...side, parts: [{ firstColumn: 8, rank: 16, up: up.range }] },
			},
			bench.target(),
		),
	);
	const expected = new Float64Array(ROWS * columns);
	addProduct(expected, down, { width: DOWN_COLUMNS, first: 8, depth: 16 }, up.values, columns);
	const error = relativeError(await bench.read(output, ROWS * columns), expected);
	expect(error).toBeLessThanOrEqual(sumBudget(16));
});

it.each([
	['bf16', 264],
	['f32', 264],
	['f32', 37],
	['bf16', 37],
] as const)('x·A of %s, %i columns', async (format, columns) => {
	const x = normal(1, ROWS * DEPTH);
	const weight = stored(format, 2, DEPTH * columns);
	const output = bench.empty(ROWS * columns);
	await bench.run(
		linear.dispatches(
			{
				...{ label: 'down', x: bench.f32(x), rows: ROWS, depth: DEPTH, columns, output },
				...{ weights: [weight.range], format, expression: SUM, operands: [], tile: SMALL },
			},
			bench.target(),
		),
	);
	const expected = new Float64Array(ROWS * columns);
	addProduct(expected, x, { width: DEPTH, first: 0, depth: DEPTH }, weight.values, columns);
	const error = relativeError(await bench.read(output, ROWS * columns), expected);
	expect(error).toBeLessThanOrEqual(Math.min(TOLERANCE, sumBudget(DEPTH)));
});
