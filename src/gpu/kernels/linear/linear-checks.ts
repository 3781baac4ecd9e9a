import { checkLayers } from '../checks/check-layer.ts';
import type { CheckTensors } from '../checks/check-tensors.ts';
import type { KernelCheck } from '../checks/kernel-check.ts';
import { tileChecks } from '../checks/tile-checks.ts';
import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { linear } from './linear.ts';

/** More than a tile each way, by a part of one; three slices of 16, the last in part. */
const EXTENTS = { rows: 134, depth: 36, columns: 136 };

/** Linear layers with one weight and two, in every tile in use: they are other shaders. */
export function linearChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	const made = checkLayers(tensors, { ...EXTENTS, distinctRows: 7, magnitude: 1 });
	// A software GPU compiles for seconds: its one tile is tested with both weights.
	const layers = target.compilesSlowly ? [made.dual] : [made.dual, made.single];
	return layers.flatMap(({ isDual, weights, expression, expected }) =>
		tileChecks(linear, { kind: { isDual }, expected }, tensors, target, (output, cut) => {
			const layer = { label: 'self-test linear', x: made.x, weights, output, ...EXTENTS };
			return linear.dispatches({ ...layer, expression, operands: [], ...cut }, target);
		}),
	);
}
