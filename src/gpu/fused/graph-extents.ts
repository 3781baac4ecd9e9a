import type { TensorShapes } from '../block-engine.ts';
import { ShapeError } from '../errors.ts';
import type { ExtentValues } from './extent.ts';
import type { GraphView } from './graph-view.ts';

/**
 * What a graph's named extents are in tensors of these shapes. Outputs that are not wanted may be missing.
 *
 * @throws ShapeError
 */
export function graphExtents(
	view: GraphView,
	inputs: TensorShapes,
	outputs: TensorShapes,
): ExtentValues {
	const extents = new Map<string, number>();
	const { graph } = view;
	for (const { name, dimensions } of [...graph.inputs, ...graph.outputs]) {
		const isInput = view.isInput(name);
		const shape = isInput ? inputs[name] : outputs[name];
		if (shape === undefined) {
			if (isInput) throw new ShapeError(`The tensor "${name}" was not given`);
			continue;
		}
		for (const [axis, dimension] of dimensions.entries()) {
			const actual = shape[axis] ?? 0;
			const expected =
				typeof dimension === 'number' ? dimension : (extents.get(dimension) ?? actual);
			if (actual !== expected || shape.length !== dimensions.length) {
				throw new ShapeError(
					`${graph.name}: "${name}" is [${shape.join(', ')}], not [${dimensions.join(', ')}]`,
				);
			}
			if (typeof dimension === 'string') extents.set(dimension, actual);
		}
	}
	return extents;
}
