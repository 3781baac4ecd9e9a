import type { OnnxGraph } from '../../onnx/graph.ts';
import type { RunShapes } from '../block-engine.ts';
import type { KernelDispatch, KernelTarget } from '../kernels/dispatch/kernel-dispatch.ts';
import { graphExtents } from './graph-extents.ts';
import { GraphView } from './graph-view.ts';
import { matrixSteps } from './matrix-steps.ts';
import { planKnownGraph, type RefusedKernels } from './plan-known-graph.ts';
import type { PlanTensor } from './plan-step.ts';
import { chooseRunPlan } from './choose-run-plan.ts';
import type { RunPlan } from './run-plan.ts';

/** What plans of whole graphs go by. */
export interface RunTarget extends KernelTarget {
	/** The largest buffer that the device can make. */
	readonly maxBufferBytes: number;
}

/** What a run on our kernels takes and does. */
export interface FusedRun {
	/** Of each scratch buffer. */
	readonly scratchBytes: readonly number[];
	readonly dispatches: readonly KernelDispatch<PlanTensor>[];
}

/**
 * How a graph runs on our kernels. Pure: asks no GPU.
 *
 * @throws UnsupportedGraphError where it does not; ScratchLimitError
 */
export function planFusedRun(
	graph: OnnxGraph,
	run: RunShapes,
	target: RunTarget,
	refused: RefusedKernels,
): FusedRun {
	const plan = planRun(new GraphView(graph), run, target, refused);
	return { scratchBytes: plan.slots.slotBytes, dispatches: plan.dispatches(target) };
}

/** As `planFusedRun`, for a graph that has been read: the one plan of those who prepare a run and who run it. */
export function planRun(
	view: GraphView,
	run: RunShapes,
	target: RunTarget,
	refused: RefusedKernels,
): RunPlan {
	const names = Object.keys(run.outputs);
	const extents = graphExtents(view, run.inputs, run.outputs);
	return chooseRunPlan({
		...run,
		graphName: view.graph.name,
		steps: matrixSteps(planKnownGraph(view, names, refused), extents, target),
		extents,
		outputs: new Set(names),
		inPlace: new Set(run.inPlace),
		maxBufferBytes: target.maxBufferBytes,
	});
}
