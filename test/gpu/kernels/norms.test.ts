import { afterAll, beforeAll, expect, it } from 'vitest';
import { elementwise } from '../../../src/gpu/kernels/rows/elementwise.ts';
import { SUM, type Expression } from '../../../src/gpu/kernels/wgsl/expression.ts';
import type { Operand } from '../../../src/gpu/kernels/wgsl/epilogue.ts';
import { headNormRotary } from '../../../src/gpu/kernels/rows/head-norm-rotary.ts';
import { rowNorm } from '../../../src/gpu/kernels/rows/row-norm.ts';
import { halves, KernelBench, normal, relativeError } from './kernel-bench.ts';

/** A few roundings of f32 an element. */
const TOLERANCE = 5e-7;
const EPSILON = 1e-5;

let bench: KernelBench;
beforeAll(async () => {
	bench = await KernelBench.open();
});
afterAll(() => bench.context[Symbol.dispose]());

function operand(index: number): Expression {
	return { type: 'operand', index };
}

function multiply(left: Expression, right: Expression): Expression {
	return { type: 'multiply', left, right };
}

function add(left: Expression, right: Expression): Expression {
	return { type: 'add', left, right };
}

function vector(values: Float32Array<ArrayBuffer>, elementOffset: number): Operand<GPUBuffer> {
	return {
		ref: bench.f32(values),
		layout: 'columns',
		format: 'f32',
		byteOffset: 0,
		byteLength: values.byteLength,
		elementOffset,
	};
}

for (const { statistics, rows, columns } of [
	{ statistics: 'rms', rows: 70, columns: 3840 },
	{ statistics: 'rms', rows: 3, columns: 101 },
	{ statistics: 'layer', rows: 70, columns: 100 },
	{ statistics: 'layer', rows: 2, columns: 1031 },
] as const) {
	it(`${statistics} norm of [${rows}, ${columns}]: residual + tanh(gate) · norm · weight`, async () => {
		const x = normal(1, rows * columns).map((value) => 3 * value + 1);
		const weight = halves(2, columns, 1);
		const gates = normal(3, 2 * columns);
		const residual = normal(4, rows * columns);
		const output = bench.empty(x.length);
		const operands: readonly Operand<GPUBuffer>[] = [
			{ ...vector(residual, 0), layout: 'full' },
			vector(gates, columns),
			{ ...bench.f16(weight.bits), layout: 'columns', format: 'f16', elementOffset: 0 },
		];
		const normed = multiply(SUM, operand(2));
		await bench.run(
			rowNorm.dispatches(
				{
					label: 'norm',
					statistics,
					epsilon: EPSILON,
					x: bench.f32(x),
					output,
					rows,
					columns,
					expression: add(operand(0), multiply({ type: 'tanh', of: operand(1) }, normed)),
					operands,
				},
				bench.target({ maxDispatchFlops: 1 }),
			),
		);
		const expected = new Float64Array(x.length);
		for (let row = 0; row < rows; row++) {
			const values = Float64Array.from(x.subarray(row * columns, (row + 1) * columns));
			const mean = statistics === 'rms' ? 0 : values.reduce((a, b) => a + b) / columns;
			const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / columns;
			for (const [column, value] of values.entries()) {
				const normalized = (value - mean) / Math.sqrt(variance + EPSILON);
				expected[row * columns + column] =
					residual[row * columns + column] +
					Math.tanh(gates[columns + column]) * normalized * weight.values[column];
			}
		}
		const error = relativeError(await bench.read(output, x.length), expected);
		expect(error).toBeLessThanOrEqual(TOLERANCE);
	});
}

for (const { tokens, heads, headDim, interleaved } of [
	{ tokens: 70, heads: 3, headDim: 128, interleaved: true },
	{ tokens: 17, heads: 5, headDim: 34, interleaved: false },
]) {
	it(`norm and rotation of ${heads} heads of ${headDim}, ${interleaved ? 'pairs' : 'halves'}`, async () => {
		const half = headDim / 2;
		const x = normal(1, tokens * heads * headDim);
		const weight = halves(2, headDim, 1);
		const angles = normal(3, tokens * half);
		const cos = angles.map((angle) => Math.cos(angle));
		const sin = angles.map((angle) => Math.sin(angle));
		const output = bench.empty(x.length);
		await bench.run(
			headNormRotary.dispatches(
				{
					label: 'rotary',
					x: bench.f32(x),
					weight: bench.f16(weight.bits),
					cos: bench.f32(cos),
					sin: bench.f32(sin),
					output,
					tokens,
					heads,
					headDim,
					epsilon: EPSILON,
					interleaved,
				},
				bench.target({ maxDispatchFlops: 1 }),
			),
		);
		const expected = new Float64Array(x.length);
		for (let base = 0; base < x.length; base += headDim) {
			const token = Math.floor(base / (heads * headDim));
			const values = Float64Array.from(x.subarray(base, base + headDim));
			const scale = 1 / Math.sqrt(values.reduce((s, v) => s + v * v, 0) / headDim + EPSILON);
			for (let k = 0; k < half; k++) {
				const [i, j] = interleaved ? [2 * k, 2 * k + 1] : [k, k + half];
				const [a, b] = [i, j].map((at) => values[at] * scale * weight.values[at]);
				const [c, s] = [cos[token * half + k], sin[token * half + k]];
				expected[base + i] = a * c - b * s;
				expected[base + j] = a * s + b * c;
			}
		}
		const error = relativeError(await bench.read(output, x.length), expected);
		expect(error).toBeLessThanOrEqual(TOLERANCE);
	});
}

for (const [rows, columns] of [
	[70, 64],
	[5, 33],
] as const) {
	it(`a formula over [${rows}, ${columns}]: x · kept + pad · (1 - kept)`, async () => {
		const x = normal(1, rows * columns);
		const kept = Float32Array.from({ length: rows }, (_, row) => row % 2);
		const pad = halves(2, columns, 1);
		const output = bench.empty(x.length);
		const one: Expression = { type: 'constant', value: 1 };
		await bench.run(
			elementwise.dispatches(
				{
					label: 'formula',
					output,
					rows,
					columns,
					expression: add(
						multiply(operand(0), operand(1)),
						multiply(operand(2), { type: 'subtract', left: one, right: operand(1) }),
					),
					operands: [
						{ ...vector(x, 0), layout: 'full' },
						{ ...vector(kept, 0), layout: 'rows' },
						{ ...bench.f16(pad.bits), layout: 'columns', format: 'f16', elementOffset: 0 },
					],
				},
				bench.target({ maxDispatchFlops: 1 }),
			),
		);
		const expected = Float64Array.from(x, (value, i) =>
			kept[Math.floor(i / columns)] === 1 ? value : pad.values[i % columns],
		);
		expect(relativeError(await bench.read(output, x.length), expected)).toBe(0);
	});
}
