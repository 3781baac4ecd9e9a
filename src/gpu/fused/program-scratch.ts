import { momentChunks, momentElements } from '../kernels/group-norm.ts';
import { F32_BYTES } from '../kernels/kernel-dispatch.ts';
import { evaluateExtent, type ExtentValues } from './extent.ts';
import { type PlanStep, stepInputs } from './plan-step.ts';
import { assignScratchSlots, type ScratchSlots, type ScratchValue } from './scratch-slots.ts';

export interface ScratchNeeds {
	readonly steps: readonly PlanStep[];
	readonly extents: ExtentValues;
	/** Values that callers bring buffers for. */
	readonly outputs: ReadonlySet<string>;
}

/** Where a plan's intermediate values lie while it runs. */
export function programScratch(needs: ScratchNeeds): ScratchSlots {
	return assignScratchSlots(scratchValues(needs));
}

function scratchValues({ steps, extents, outputs }: ScratchNeeds): readonly ScratchValue[] {
	const lastRead = new Map(
		steps.flatMap((step, index) => stepInputs(step).map((value) => [value, index] as const)),
	);
	return steps.flatMap((step, from): readonly ScratchValue[] => {
		if (outputs.has(step.output)) return [];
		const bytes =
			evaluateExtent(step.rows, extents) * evaluateExtent(step.columns, extents) * F32_BYTES;
		const result = { name: step.output, bytes, from, to: lastRead.get(step.output) ?? from };
		if (step.type !== 'group-norm') return [result];
		const pixels = evaluateExtent(step.pixels, extents);
		const elements = momentElements(step.channels, momentChunks(pixels));
		return [result, { name: step.moments, bytes: elements * F32_BYTES, from, to: from }];
	});
}
