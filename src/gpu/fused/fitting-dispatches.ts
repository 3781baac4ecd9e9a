import type { KernelDispatch, KernelTarget } from '../kernels/dispatch/kernel-dispatch.ts';
import type { ExtentValues } from './extent.ts';
import type { PlanStep, PlanTensor } from './plan-step.ts';
import { stepDispatches } from './step-dispatches.ts';
import { UnsupportedGraphError } from './unsupported-graph-error.ts';

/** A step's dispatches. @throws UnsupportedGraphError where the step does not fit the device */
export function fittingDispatches(
	graphName: string,
	step: PlanStep,
	extents: ExtentValues,
	target: KernelTarget,
): readonly KernelDispatch<PlanTensor>[] {
	try {
		return stepDispatches(graphName, step, extents, target);
	} catch (error) {
		if (!(error instanceof RangeError)) throw error;
		throw new UnsupportedGraphError(error.message, { cause: error });
	}
}
