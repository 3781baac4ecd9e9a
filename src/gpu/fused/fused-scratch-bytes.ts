import type { OnnxGraph } from '../../onnx/graph.ts';
import type { RunShapes } from '../block-engine.ts';
import type { KernelTarget } from '../kernels/kernel-dispatch.ts';
import { graphExtents } from './graph-extents.ts';
import { GraphView } from './graph-view.ts';
import { planKnownGraph, type RefusedKernels } from './plan-known-graph.ts';
import { chooseRunPlan } from './run-plan.ts';
import { UnsupportedGraphError } from './unsupported-graph-error.ts';

/**
 * Bytes of the scratch buffers that a graph takes on our kernels; undefined where it does not run on them.
 * Pure: asks no GPU.
 *
 * @throws ScratchLimitError
 */
export function fusedScratchBytes(
	graph: OnnxGraph,
	run: RunShapes,
	target: KernelTarget,
	refused: RefusedKernels,
): readonly number[] | undefined {
	const view = new GraphView(graph);
	const names = Object.keys(run.outputs);
	try {
		const steps = planKnownGraph(view, names, refused);
		const plan = chooseRunPlan({
			...run,
			graphName: graph.name,
			steps,
			extents: graphExtents(view, run.inputs, run.outputs),
			outputs: new Set(names),
			inPlace: new Set(run.inPlace),
		});
		plan.dispatches(target);
		return plan.slots.slotBytes;
	} catch (error) {
		if (error instanceof UnsupportedGraphError) return undefined;
		throw error;
	}
}
