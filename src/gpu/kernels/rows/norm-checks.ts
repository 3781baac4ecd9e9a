import { type Expression, SUM } from '../wgsl/expression.ts';
import type { Operand } from '../wgsl/epilogue.ts';
import { headNormRotary } from './head-norm-rotary.ts';
import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { rowNorm } from './row-norm.ts';
import type { CheckTensors } from '../checks/check-tensors.ts';
import { at } from '../checks/float64.ts';
import type { KernelCheck } from '../checks/kernel-check.ts';

const EPSILON = 1e-5;

/** Kernels that divide rows, or heads of them, by their root mean square. */
export function normChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	return [rowNormCheck(tensors, target), headNormRotaryCheck(tensors, target)];
}

/** RMS norm times weight. */
function rowNormCheck<Ref>(tensors: CheckTensors<Ref>, target: KernelTarget): KernelCheck<Ref> {
	const [rows, columns] = [3, 260];
	const x = tensors.values(rows * columns);
	const weight = tensors.halves(columns);
	const output = tensors.output(rows * columns);
	const operand: Operand<Ref> = {
		...weight.range,
		layout: 'columns',
		format: 'f16',
		elementOffset: 0,
	};
	const factor: Expression = { type: 'operand', index: 0 };
	const dispatches = rowNorm(
		{
			label: 'self-test norm',
			statistics: 'rms',
			epsilon: EPSILON,
			x: tensors.upload(x),
			output,
			rows,
			columns,
			expression: { type: 'multiply', left: SUM, right: factor },
			operands: [operand],
		},
		target,
	);
	const normalized = rmsNormalized(x, columns);
	const expected = normalized.map((value, i) => value * at(weight.values, i % columns));
	return { kernel: 'row-norm', dispatches, output, expected };
}

/** Norm and rotation of pairs. */
function headNormRotaryCheck<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): KernelCheck<Ref> {
	const [tokens, heads, headDim] = [5, 3, 128];
	const half = headDim / 2;
	const x = tensors.values(tokens * heads * headDim);
	const weight = tensors.halves(headDim);
	const angles = tensors.values(tokens * half);
	const cos = angles.map((angle) => Math.cos(angle));
	const sin = angles.map((angle) => Math.sin(angle));
	const output = tensors.output(x.length);
	const dispatches = headNormRotary(
		{
			label: 'self-test rotary',
			x: tensors.upload(x),
			weight: weight.range,
			cos: tensors.upload(cos),
			sin: tensors.upload(sin),
			output,
			tokens,
			heads,
			headDim,
			epsilon: EPSILON,
			interleaved: true,
		},
		target,
	);
	const normalized = rmsNormalized(x, headDim);
	const weighted = normalized.map((value, i) => value * at(weight.values, i % headDim));
	const expected = new Float64Array(x.length);
	for (let i = 0; i < x.length; i += 2) {
		const token = Math.floor(i / (heads * headDim));
		const angle = token * half + (i % headDim) / 2;
		const [a, b] = [at(weighted, i), at(weighted, i + 1)];
		const [c, s] = [at(cos, angle), at(sin, angle)];
		expected[i] = a * c - b * s;
		expected[i + 1] = a * s + b * c;
	}
	return { kernel: 'head-norm-rotary', dispatches, output, expected };
}

/** Rows divided by their root mean square. */
function rmsNormalized(x: Float32Array, columns: number): Float64Array {
	const normalized = new Float64Array(x);
	for (let start = 0; start < x.length; start += columns) {
		const row = normalized.subarray(start, start + columns);
		const squares = row.reduce((sum, value) => sum + value ** 2, 0);
		const scale = 1 / Math.sqrt(squares / columns + EPSILON);
		for (const [i, value] of row.entries()) row[i] = value * scale;
	}
	return normalized;
}
