import type { CheckTensors } from '../checks/check-tensors.ts';
import { at } from '../checks/float64.ts';
import type { KernelCheck } from '../checks/kernel-check.ts';
import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { transpose } from './transpose.ts';

/** More than a tile each way, by a part of one. */
const [ROWS, COLUMNS] = [37, 70];

/** Rows become columns. */
export function transposeChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	const x = tensors.values(ROWS * COLUMNS);
	const output = tensors.output(x.length);
	const dispatches = transpose.dispatches(
		{ label: 'self-test transpose', x: tensors.upload(x), output, rows: ROWS, columns: COLUMNS },
		target,
	);
	const expected = Float64Array.from(x, (_, i) =>
		at(x, (i % ROWS) * COLUMNS + Math.floor(i / ROWS)),
	);
	return [{ kernel: 'transpose', dispatches, output, expected }];
}
