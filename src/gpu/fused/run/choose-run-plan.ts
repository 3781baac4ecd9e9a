import { ScratchLimitError } from '../../errors.ts';
import { ifItFits } from './if-it-fits.ts';
import { programScratch } from './program-scratch.ts';
import { asResidualStage } from '../plan/residual-stage.ts';
import { residualPlans } from './residual-plans.ts';
import { scratchBufferBytes } from './scratch-pool.ts';
import { stepDispatches } from './step-dispatches.ts';
import { UnsupportedGraphError } from '../plan/unsupported-graph-error.ts';
import type { SizedRun, RunPlan } from './run-plan.ts';

/** The plan with the least work that keeps to the limits. @throws ScratchLimitError */
export function chooseRunPlan(run: SizedRun): RunPlan {
	const { scratchBytes = Infinity, maxBufferBytes } = run;
	const plans = runPlans(run).filter(({ slots }) =>
		slots.slotBytes.every((bytes) => bytes <= maxBufferBytes),
	);
	if (plans.length === 0) {
		throw new UnsupportedGraphError(`${run.graphName}: a value exceeds the largest buffer`);
	}
	const chosen = plans.find((plan) => slotBytes(plan) <= scratchBytes);
	if (chosen !== undefined) return chosen;
	const least = plans.reduce((bytes, plan) => Math.min(bytes, slotBytes(plan)), Infinity);
	throw new ScratchLimitError(run.graphName, scratchBytes, least);
}

/** All ways to compute a graph, the least work first. */
function runPlans(run: SizedRun): readonly RunPlan[] {
	const isCut = run.scratchBytes !== undefined || run.inPlace.size > 0;
	const stage = isCut ? asResidualStage(run.steps) : undefined;
	const plans = stage === undefined ? [] : residualPlans(stage, run);
	if (plans.length > 0) return plans;
	if (run.inPlace.size > 0) {
		throw new UnsupportedGraphError(`${run.graphName}: no kernel computes it in place`);
	}
	return [wholePlan(run)];
}

/** Each value of the graph in memory of its own. */
function wholePlan(run: SizedRun): RunPlan {
	const { graphName, steps, extents } = run;
	return {
		name: 'whole',
		slots: programScratch(run),
		dispatches: (target) =>
			ifItFits(() => steps.flatMap((step) => stepDispatches(graphName, step, extents, target))),
	};
}

function slotBytes({ slots }: RunPlan): number {
	return slots.slotBytes.reduce((sum, bytes) => sum + scratchBufferBytes(bytes), 0);
}
