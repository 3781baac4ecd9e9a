import type { OnnxGraph } from '../../onnx/graph.ts';
import type { TensorShapes } from '../block-engine.ts';
import type { KernelTarget } from '../kernels/kernel-dispatch.ts';
import { fittingDispatches } from './fitting-dispatches.ts';
import { graphExtents } from './graph-extents.ts';
import { GraphView } from './graph-view.ts';
import { planKnownGraph, type RefusedKernels } from './plan-known-graph.ts';
import { programScratch } from './program-scratch.ts';
import { UnsupportedGraphError } from './unsupported-graph-error.ts';

/**
 * Bytes of the scratch buffers that a graph takes on our kernels; undefined where it does not run on them.
 * Pure: asks no GPU.
 */
export function fusedScratchBytes(
	graph: OnnxGraph,
	inputs: TensorShapes,
	outputs: TensorShapes,
	target: KernelTarget,
	refused: RefusedKernels,
): readonly number[] | undefined {
	const view = new GraphView(graph);
	const names = Object.keys(outputs);
	try {
		const steps = planKnownGraph(view, names, refused);
		const extents = graphExtents(view, inputs, outputs);
		for (const step of steps) fittingDispatches(graph.name, step, extents, target);
		return programScratch({ steps, extents, outputs: new Set(names) }).slotBytes;
	} catch (error) {
		if (error instanceof UnsupportedGraphError) return undefined;
		throw error;
	}
}
