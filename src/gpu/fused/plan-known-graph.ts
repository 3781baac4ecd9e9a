import type { GraphView } from './graph-view.ts';
import { planGraph } from './plan-graph.ts';
import type { PlanStep } from './plan-step.ts';

/** Kernels that this adapter gets wrong, with what is wrong. */
export type RefusedKernels = ReadonlyMap<PlanStep['type'], string>;

/** As `planGraph`. @throws UnsupportedGraphError also for a kernel that this adapter gets wrong */
export function planKnownGraph(
	view: GraphView,
	outputs: readonly string[],
	refused: RefusedKernels,
): readonly PlanStep[] {
	const steps = planGraph(view, outputs);
	for (const { type } of steps) {
		const wrong = refused.get(type);
		if (wrong !== undefined) throw view.unsupported(`the ${type} kernel has ${wrong}`);
	}
	return steps;
}
