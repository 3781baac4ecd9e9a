import type { ExtentValues } from '../../../graph/extent.ts';
import type { Graph } from '../../../graph/graph.ts';
import type { TensorShapes } from '../../block-engine.ts';
import { ShapeError } from '../../errors.ts';

/**
 * What a graph's named extents are in tensors of these shapes. Outputs that are not wanted may be missing.
 *
 * @throws ShapeError
 */
export function graphExtents(
	graph: Graph,
	inputs: TensorShapes,
	outputs: TensorShapes,
): ExtentValues {
	const extents = new Map<string, number>();
	const missing = graph.inputs.find(({ name }) => inputs[name] === undefined);
	if (missing !== undefined) throw new ShapeError(`The tensor "${missing.name}" was not given`);
	const given = [
		...graph.inputs.map((input) => ({ ...input, shape: inputs[input.name] })),
		...graph.outputs.map((output) => ({ ...output, shape: outputs[output.name] })),
	];
	for (const { name, dimensions, shape } of given) {
		if (shape === undefined) continue;
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
