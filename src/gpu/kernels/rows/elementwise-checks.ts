import type { CheckTensors } from '../checks/check-tensors.ts';
import { at } from '../checks/float64.ts';
import type { KernelCheck } from '../checks/kernel-check.ts';
import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';
import type { Expression } from '../wgsl/expression.ts';
import { elementwise } from './elementwise.ts';

const [ROWS, COLUMNS] = [5, 260];
/** Where tanh and the sigmoid of careless drivers are NaN. */
const LARGE = 100;

/** tanh(x) · sigmoid(y), far from zero too. */
export function elementwiseChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	const count = ROWS * COLUMNS;
	const [x, y] = [1, 2].map(() =>
		tensors.values(count).map((value, i) => value * (i % 2 === 0 ? 1 : LARGE)),
	);
	const operands = [x, y].map((values) => ({
		...{ ref: tensors.upload(values), byteOffset: 0, byteLength: 4 * count, elementOffset: 0 },
		layout: 'full' as const,
		format: 'f32' as const,
	}));
	const of = (index: number): Expression => ({ type: 'operand', index });
	const expression: Expression = {
		type: 'multiply',
		left: { type: 'tanh', of: of(0) },
		right: { type: 'sigmoid', of: of(1) },
	};
	const output = tensors.output(count);
	const dispatches = elementwise.dispatches(
		{ label: 'self-test formula', output, rows: ROWS, columns: COLUMNS, expression, operands },
		target,
	);
	const expected = Float64Array.from(x, (value, i) => Math.tanh(value) / (1 + Math.exp(-at(y, i))));
	return [{ kernel: 'elementwise', dispatches, output, expected }];
}
