import type { CheckTensors } from '../checks/check-tensors.ts';
import { at, rmsNormalized } from '../checks/float64.ts';
import type { KernelCheck } from '../checks/kernel-check.ts';
import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';
import type { Operand } from '../wgsl/epilogue.ts';
import { type Expression, SUM } from '../wgsl/expression.ts';
import { rowNorm } from './row-norm.ts';

const EPSILON = 1e-5;

/** RMS norm times weight. */
export function rowNormChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
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
	const dispatches = rowNorm.dispatches(
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
	const normalized = rmsNormalized(x, columns, EPSILON);
	const expected = normalized.map((value, i) => value * at(weight.values, i % columns));
	return [{ kernel: 'row-norm', dispatches, output, expected }];
}
