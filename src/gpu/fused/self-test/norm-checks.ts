import type { Expression, Operand } from '../../kernels/expression.ts';
import { SUM } from '../../kernels/expression.ts';
import { groupNorm, momentChunks, momentElements } from '../../kernels/group-norm.ts';
import { headNormRotary } from '../../kernels/head-norm-rotary.ts';
import type { KernelTarget } from '../../kernels/kernel-dispatch.ts';
import { rowNorm } from '../../kernels/row-norm.ts';
import type { CheckTensors } from './check-tensors.ts';
import { at } from './float64.ts';
import type { KernelCheck } from './kernel-check.ts';

const EPSILON = 1e-5;

/** Kernels that divide by the spread of their input. */
export function normChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	return [
		rowNormCheck(tensors, target),
		headNormRotaryCheck(tensors, target),
		groupNormCheck(tensors, target),
	];
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

/** Scale and shift of every channel: what a convolution applies to them. */
function groupNormCheck<Ref>(tensors: CheckTensors<Ref>, target: KernelTarget): KernelCheck<Ref> {
	const [channels, pixels] = [4, 144];
	const x = tensors.values(channels * pixels);
	const [weight, bias] = [tensors.halves(channels), tensors.halves(channels)];
	const output = tensors.output(2 * channels);
	const dispatches = groupNorm(
		{
			label: 'self-test group norm',
			x: tensors.upload(x),
			weight: weight.range,
			bias: bias.range,
			moments: tensors.output(momentElements(channels, momentChunks(pixels))),
			affine: output,
			channels,
			pixels,
			groups: 1,
			epsilon: EPSILON,
		},
		target,
	);
	const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
	const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
	const expected = Float64Array.from({ length: 2 * channels }, (_, i) => {
		const scale = at(weight.values, i >> 1) / Math.sqrt(variance + EPSILON);
		return i % 2 === 0 ? scale : at(bias.values, i >> 1) - mean * scale;
	});
	return { kernel: 'group-norm', dispatches, output, expected };
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
