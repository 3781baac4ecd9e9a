import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Expression, SUM } from '../../../src/gpu/kernels/wgsl/expression.ts';
import type { Operand } from '../../../src/gpu/kernels/wgsl/epilogue.ts';
import { matrixLinear } from '../../../src/gpu/kernels/matrix/matrix-linear.ts';
import { MATRIX_LINEAR_TILES } from '../../../src/gpu/kernels/matrix/matrix-linear-tiles.ts';
import type { MatrixLinearTile } from '../../../src/gpu/kernels/matrix/matrix-linear-tile.ts';
import { halvesBytes, rowHalves } from '../../../src/gpu/kernels/matrix/row-halves.ts';
import { emulateMatrices } from './emulate-matrices.ts';
import { halves, KernelBench, normal, relativeError } from './kernel-bench.ts';

/** x rounded to 11 bits. */
const TOLERANCE = 4e-4;
/** Of a product of two such sums, whose errors have the same sign: they are of the same x. */
const GATED_TOLERANCE = 1e-3;

let bench: KernelBench;
beforeAll(async () => {
	bench = await KernelBench.open();
});
afterAll(() => bench.context[Symbol.dispose]());

const SMALL: MatrixLinearTile = {
	rows: 64,
	columns: 64,
	depth: 16,
	partRows: 32,
	partColumns: 32,
};

for (const { rows, tile } of [
	{ rows: 100, tile: SMALL },
	{ rows: 33, tile: { ...SMALL, columns: 128, partColumns: 64 } },
	{ rows: 129, tile: { ...SMALL, rows: 128, depth: 32, partRows: 64 } },
] as const) {
	it(`x·W of ${rows} rows, tile ${MATRIX_LINEAR_TILES.name(tile)}`, async () => {
		const [depth, columns] = [64, 256];
		const { error } = await layer({ rows, depth, columns, tile, weights: 1, expression: SUM });
		expect(error).toBeLessThanOrEqual(TOLERANCE);
	});
}

it('SiLU(x·W0) · (x·W1) + residual in row ranges', async () => {
	const gated: Expression = {
		type: 'multiply',
		left: { type: 'silu', of: SUM },
		right: { type: 'sum', index: 1 },
	};
	const expression: Expression = {
		type: 'add',
		left: gated,
		right: { type: 'operand', index: 0 },
	};
	const { error, dispatches } = await layer({
		rows: 150,
		depth: 64,
		columns: 64,
		tile: { ...SMALL, depth: 32 },
		weights: 2,
		expression,
	});
	expect(dispatches).toBe(3);
	expect(error).toBeLessThanOrEqual(GATED_TOLERANCE);
});

interface Layer {
	readonly rows: number;
	readonly depth: number;
	readonly columns: number;
	readonly tile: MatrixLinearTile;
	readonly weights: 1 | 2;
	readonly expression: Expression;
}

/** Rows of magnitudes from 1e-4 to 1e6, which FP16 alone does not hold. */
async function layer({ rows, depth, columns, tile, weights, expression }: Layer) {
	const magnitude = (row: number): number => 10 ** ((row % 11) - 4);
	const x = normal(rows, rows * depth).map((value, i) => value * magnitude(Math.floor(i / depth)));
	const w = Array.from({ length: weights }, (_, seed) => halves(seed, depth * columns, 0.1));
	const residual = normal(5, rows * columns);
	const output = bench.empty(rows * columns);
	const operands: readonly Operand<GPUBuffer>[] =
		expression.type === 'add'
			? [
					{
						ref: bench.f32(residual),
						layout: 'full',
						format: 'f32',
						byteOffset: 0,
						byteLength: residual.byteLength,
						elementOffset: 0,
					},
				]
			: [];
	const target = bench.target(weights === 2 ? { maxDispatchFlops: 1 } : {});
	const [ofX, scales] = [bench.empty(halvesBytes(rows, depth) / 4), bench.empty(rows)];
	const label = 'matrix linear';
	const layerDispatches = matrixLinear.dispatches(
		{
			label,
			x: ofX,
			scales,
			weights: w.map(({ bits }) => bench.f16(bits)),
			output,
			rows,
			depth,
			columns,
			expression,
			operands,
			syntax: 'template',
			tile,
		},
		target,
	);
	const made = rowHalves.dispatches(
		{ label, x: bench.f32(x), halves: ofX, scales, rows, parts: 1, depth },
		target,
	);
	await bench.run(emulateMatrices([...made, ...layerDispatches]));
	const y = await bench.read(output, rows * columns);
	// By rows: the largest would hide the others.
	let error = 0;
	for (let row = 0; row < rows; row++) {
		const expected = Float64Array.from({ length: columns }, (_, column) => {
			const [gate, up] = w.map(({ values }) => {
				let sum = 0;
				for (let k = 0; k < depth; k++) sum += x[row * depth + k] * values[k * columns + column];
				return sum;
			});
			return weights === 1
				? gate
				: (gate / (1 + Math.exp(-gate))) * up + residual[row * columns + column];
		});
		error = Math.max(
			error,
			relativeError(y.subarray(row * columns, (row + 1) * columns), expected),
		);
	}
	return { error, dispatches: layerDispatches.length };
}
