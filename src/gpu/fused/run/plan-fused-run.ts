import type { RunShapes } from '../../block-engine.ts';
import type { KernelDispatch, KernelTarget } from '../../kernels/dispatch/kernel-dispatch.ts';
import { chooseRunPlan } from './choose-run-plan.ts';
import { graphExtents } from '../plan/graph-extents.ts';
import { matrixSteps } from '../plan/matrix-steps.ts';
import type { PlanTensor } from '../plan/plan-step.ts';
import type { PlannedGraph } from '../plan/planned-graph.ts';
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
export function planFusedRun(graph: PlannedGraph, run: RunShapes, target: RunTarget): FusedRun {
	const plan = planRun(graph, run, target);
	return { scratchBytes: plan.slots.slotBytes, dispatches: plan.dispatches(target) };
}

/** As `planFusedRun`: the one plan of those who prepare a run and who run it. */
export function planRun(graph: PlannedGraph, run: RunShapes, target: RunTarget): RunPlan {
	const outputs = Object.keys(run.outputs);
	const extents = graphExtents(graph.graph, run.inputs, run.outputs);
	return chooseRunPlan({
		...run,
		graphName: graph.graph.name,
		steps: matrixSteps(graph.steps(outputs), extents, target),
		extents,
		outputs: new Set(outputs),
		inPlace: new Set(run.inPlace),
		maxBufferBytes: target.maxBufferBytes,
	});
}
