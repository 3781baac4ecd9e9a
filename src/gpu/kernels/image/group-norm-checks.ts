import type { CheckTensors } from '../checks/check-tensors.ts';
import { at } from '../checks/float64.ts';
import type { KernelCheck } from '../checks/kernel-check.ts';
import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { groupNorm, momentChunks, momentElements } from './group-norm.ts';

const EPSILON = 1e-5;

/** Scale and shift of every channel: what a convolution applies to them. */
export function groupNormChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	const [channels, pixels] = [4, 144];
	const x = tensors.values(channels * pixels);
	const [weight, bias] = [tensors.halves(channels), tensors.halves(channels)];
	const output = tensors.output(2 * channels);
	const dispatches = groupNorm.dispatches(
		{
			label: 'self-test group norm',
			x: tensors.upload(x),
			weight: weight.range,
			bias: bias.range,
			moments: tensors.scratch(momentElements(channels, momentChunks(pixels))),
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
	return [{ kernel: 'group-norm', dispatches, output, expected }];
}
