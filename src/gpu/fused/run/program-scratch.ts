import { momentChunks, momentElements } from '../../kernels/image/group-norm.ts';
import { F32_BYTES } from '../../kernels/dispatch/kernel-dispatch.ts';
import { halvesBytes } from '../../kernels/matrix/row-halves.ts';
import { evaluateExtent, type ExtentValues } from '../../../graph/extent.ts';
import { type PlanStep, stepInputs } from '../plan/plan-step.ts';
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
		const rows = evaluateExtent(step.rows, extents);
		const columns = evaluateExtent(step.columns, extents);
		const value = (name: string, bytes: number): ScratchValue => ({
			name,
			bytes,
			from,
			to: lastRead.get(name) ?? from,
		});
		switch (step.type) {
			case 'group-norm': {
				const chunks = momentChunks(evaluateExtent(step.pixels, extents));
				const moments = momentElements(step.channels, chunks) * F32_BYTES;
				return [value(step.output, rows * columns * F32_BYTES), value(step.moments, moments)];
			}
			case 'row-halves':
				return [
					value(step.output, halvesBytes(rows, columns)),
					value(step.scales, rows * step.parts * F32_BYTES),
				];
			default:
				return [value(step.output, rows * columns * F32_BYTES)];
		}
	});
}
