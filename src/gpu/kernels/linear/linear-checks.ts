import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { linear } from './linear.ts';
import { LINEAR_TILES } from './linear-tiles.ts';
import { checkLayers } from '../checks/check-layer.ts';
import type { CheckTensors } from '../checks/check-tensors.ts';
import type { KernelCheck } from '../checks/kernel-check.ts';

/** More than a tile each way, by a part of one; three slices of 16, the last in part. */
const EXTENTS = { rows: 134, depth: 36, columns: 136 };

/** Linear layers with one weight and two, in every tile in use: they are other shaders. */
export function linearChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	const made = checkLayers(tensors, { ...EXTENTS, distinctRows: 7, magnitude: 1 });
	return [made.dual, made.single].flatMap(({ isDual, weights, expression, expected }) => {
		// A software GPU compiles for seconds: its one tile is tested with both weights.
		const only = isDual ? [undefined] : [];
		const tiles = target.compilesSlowly ? only : LINEAR_TILES.inUse({ isDual }, target);
		return tiles.map((tile) => {
			const output = tensors.output(expected.length);
			const dispatches = linear(
				{
					label: 'self-test linear',
					x: made.x,
					weights,
					output,
					...EXTENTS,
					expression,
					operands: [],
					...(tile === undefined ? {} : { tile }),
				},
				target,
			);
			return {
				kernel: 'linear',
				...(tile === undefined ? {} : { tile: LINEAR_TILES.name(tile) }),
				dispatches,
				output,
				expected,
			};
		});
	});
}
