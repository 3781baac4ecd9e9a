import type { CheckTensors } from '../checks/check-tensors.ts';
import { at, rmsNormalized } from '../checks/float64.ts';
import type { KernelCheck } from '../checks/kernel-check.ts';
import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { headNormRotary } from './head-norm-rotary.ts';

const EPSILON = 1e-5;

/** Norm and rotation of pairs. */
export function headNormRotaryChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	const [tokens, heads, headDim] = [5, 3, 128];
	const half = headDim / 2;
	const x = tensors.values(tokens * heads * headDim);
	const weight = tensors.halves(headDim);
	const angles = tensors.values(tokens * half);
	const cos = angles.map((angle) => Math.cos(angle));
	const sin = angles.map((angle) => Math.sin(angle));
	const output = tensors.output(x.length);
	const dispatches = headNormRotary.dispatches(
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
	const normalized = rmsNormalized(x, headDim, EPSILON);
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
	return [{ kernel: 'head-norm-rotary', dispatches, output, expected }];
}
