import type { RunLimits } from '../../block-engine.ts';
import type { KernelDispatch, KernelTarget } from '../../kernels/dispatch/kernel-dispatch.ts';
import type { ExtentValues } from '../../../graph/extent.ts';
import type { PlanStep, PlanTensor } from '../plan/plan-step.ts';
import type { ScratchSlots } from './scratch-slots.ts';

/** One way to compute a graph. */
export interface RunPlan {
	/** Tells the ways of one graph apart. */
	readonly name: string;
	readonly slots: ScratchSlots;
	/** @throws UnsupportedGraphError where the device cannot hold a piece of it */
	dispatches(target: KernelTarget): readonly KernelDispatch<PlanTensor>[];
}

/** A run of a graph's steps whose extents are known. */
export interface SizedRun extends RunLimits {
	readonly graphName: string;
	readonly steps: readonly PlanStep[];
	readonly extents: ExtentValues;
	/** Values that callers bring buffers for. */
	readonly outputs: ReadonlySet<string>;
	/** Those whose buffer is an input's. */
	readonly inPlace: ReadonlySet<string>;
	/** Of one scratch buffer at most: what the device can make. */
	readonly maxBufferBytes: number;
}
