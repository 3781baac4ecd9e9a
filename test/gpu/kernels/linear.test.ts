import { afterAll, beforeAll, expect, it } from 'vitest';
import { SUM, type Expression } from '../../../src/gpu/kernels/wgsl/expression.ts';
import type { Operand } from '../../../src/gpu/kernels/wgsl/epilogue.ts';
import { linear } from '../../../src/gpu/kernels/linear/linear.ts';
import { LINEAR_TILES } from '../../../src/gpu/kernels/linear/linear-tiles.ts';
import type { LinearTile } from '../../../src/gpu/kernels/linear/linear-tile.ts';
import { halves, KernelBench, normal, relativeError, sumBudget } from './kernel-bench.ts';

/** Whatever the extents. */
const TOLERANCE = 1e-6;

let bench: KernelBench;
beforeAll(async () => {
	bench = await KernelBench.open();
});
afterAll(() => bench.context[Symbol.dispose]());

function product(
	x: ArrayLike<number>,
	w: ArrayLike<number>,
	rows: number,
	depth: number,
	columns: number,
) {
	const y = new Float64Array(rows * columns);
	for (let row = 0; row < rows; row++) {
		for (let k = 0; k < depth; k++) {
			const factor = x[row * depth + k];
			for (let column = 0; column < columns; column++) {
				y[row * columns + column] += factor * w[k * columns + column];
			}
		}
	}
	return y;
}

const SHAPES = [
	[1, 256, 1024],
	[150, 96, 264],
	[65, 64, 8],
	[77, 101, 100],
	[100, 682, 33],
] as const;

/** Small, because a software GPU is slow to compile what is written out. */
const SMALL: LinearTile = {
	rows: 32,
	columns: 32,
	depth: 8,
	threadRows: 8,
	threadColumns: 8,
	xLayout: 'columns',
	staging: 'double',
	unroll: 1,
	packedWeights: false,
	band: 1,
};

const TILES: readonly LinearTile[] = [
	{ ...SMALL, band: 3 },
	{ ...SMALL, threadRows: 16, staging: 'prefetched', unroll: 2 },
	{ ...SMALL, threadColumns: 16, staging: 'prefetched', band: 2 },
	{ ...SMALL, xLayout: 'rows', unroll: 4 },
	{ ...SMALL, xLayout: 'rows', unroll: 8, staging: 'direct', packedWeights: true },
	{ ...SMALL, threadRows: 4, staging: 'direct', packedWeights: true },
	{ ...SMALL, columns: 128, staging: 'direct' },
];

const TILED = [
	...SHAPES.map((shape) => ({ shape, tile: undefined })),
	...TILES.map((tile) => ({ shape: [150, 100, 264] as const, tile })),
	...TILES.slice(3, 4).map((tile) => ({ shape: [70, 45, 37] as const, tile })),
];

for (const { shape, tile } of TILED) {
	const [rows, depth, columns] = shape;
	it(`x·W: [${shape.join(', ')}]${tile === undefined ? '' : `, tile ${LINEAR_TILES.name(tile)}`}`, async () => {
		const x = normal(rows, rows * depth);
		const w = halves(depth, depth * columns, 1 / Math.sqrt(depth));
		const output = bench.empty(rows * columns);
		await bench.run(
			linear.dispatches(
				{
					label: 'linear',
					x: bench.f32(x),
					weights: [bench.f16(w.bits)],
					output,
					rows,
					depth,
					columns,
					expression: SUM,
					operands: [],
					...(tile === undefined ? {} : { tile }),
				},
				bench.target(),
			),
		);
		const y = await bench.read(output, rows * columns);
		const error = relativeError(y, product(x, w.values, rows, depth, columns));
		expect(error).toBeLessThanOrEqual(Math.min(TOLERANCE, sumBudget(depth)));
	});
}

for (const [rows, depth, columns] of [
	[150, 64, 136],
	[33, 50, 37],
] as const) {
	it(`SiLU(x·W0 + bias) · (x·W1) + residual in row ranges: ${rows}x${depth}x${columns}`, async () => {
		const x = normal(1, rows * depth);
		const weights = [2, 3].map((seed) => halves(seed, depth * columns, 0.2));
		const bias = halves(4, columns, 1);
		const residual = normal(5, rows * columns);
		const output = bench.empty(rows * columns);
		const biased: Expression = {
			type: 'add',
			left: SUM,
			right: { type: 'operand', index: 0 },
		};
		const expression: Expression = {
			type: 'add',
			left: {
				type: 'multiply',
				left: { type: 'silu', of: biased },
				right: { type: 'sum', index: 1 },
			},
			right: { type: 'operand', index: 1 },
		};
		const operands: readonly Operand<GPUBuffer>[] = [
			{ ...bench.f16(bias.bits), layout: 'columns', format: 'f16', elementOffset: 0 },
			{
				ref: bench.f32(residual),
				layout: 'full',
				format: 'f32',
				byteOffset: 0,
				byteLength: residual.byteLength,
				elementOffset: 0,
			},
		];
		const dispatches = linear.dispatches(
			{
				label: 'swiglu',
				x: bench.f32(x),
				weights: weights.map(({ bits }) => bench.f16(bits)),
				output,
				rows,
				depth,
				columns,
				expression,
				operands,
				tile: { ...SMALL, staging: 'direct' },
			},
			bench.target({ maxDispatchFlops: 1 }),
		);
		expect(dispatches.length).toBe(Math.ceil(rows / 64));
		await bench.run(dispatches);
		const [gate, up] = weights.map(({ values }) => product(x, values, rows, depth, columns));
		const expected = gate.map((sum, i) => {
			const g = sum + bias.values[i % columns];
			return (g / (1 + Math.exp(-g))) * up[i] + residual[i];
		});
		const error = relativeError(await bench.read(output, rows * columns), expected);
		// Both sums' errors are in the product, and SiLU's slope is at most 1.1.
		expect(error).toBeLessThanOrEqual(Math.min(TOLERANCE, 2 * sumBudget(depth)));
	});
}
