import { checkLayers } from '../checks/check-layer.ts';
import type { CheckTensors } from '../checks/check-tensors.ts';
import type { KernelCheck } from '../checks/kernel-check.ts';
import { tileChecks } from '../checks/tile-checks.ts';
import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { matrixLinear } from './matrix-linear.ts';
import { halvesBytes, rowHalves } from './row-halves.ts';

/** More than a tile of rows, by a part of one; whole tiles of the rest. */
const EXTENTS = { rows: 262, depth: 64, columns: 256 };
/** Of x: FP16 ends at 65504. */
const MAGNITUDE = 2 ** 18;
/** Factors are rounded to 11 bits. */
const TOLERANCE = 5e-3;

/** Halves of rows, then linear layers on matrix units with one weight and two, in every tile in use. */
export function matrixLinearChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	const { matrices } = target;
	if (matrices === undefined) return [];
	const { rows, depth } = EXTENTS;
	const label = 'self-test matrix linear';
	const made = checkLayers(tensors, { ...EXTENTS, distinctRows: 7, magnitude: MAGNITUDE });
	const halves = tensors.scratch(halvesBytes(rows, depth) / 4);
	const scales = tensors.scratch(rows);
	const ofX = rowHalves.dispatches(
		{ label, x: made.x, halves, scales, rows, parts: 1, depth },
		target,
	);
	return [made.single, made.dual].flatMap(({ weights, expression, expected }) => {
		const kind = { ...EXTENTS, weights: weights.length };
		const layer = { label, x: halves, scales, weights, ...EXTENTS, expression, ...matrices };
		return tileChecks(
			matrixLinear,
			{ kind, expected, tolerance: TOLERANCE },
			tensors,
			target,
			(output, cut) => [
				...ofX,
				...matrixLinear.dispatches({ ...layer, output, operands: [], ...cut }, target),
			],
		);
	});
}
