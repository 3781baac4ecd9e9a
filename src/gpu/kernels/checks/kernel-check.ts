import type { KernelDispatch } from '../dispatch/kernel-dispatch.ts';
import type { KernelName } from '../dispatch/kernel-name.ts';

/** A small computation by a kernel, and what it must come to. */
export interface KernelCheck<Ref> {
	/** Refused where the result is wrong. */
	readonly kernel: KernelName;
	/** How the work is cut; undefined for kernels that cut it in one way. */
	readonly tile?: string | undefined;
	/** `TileTable.id` of it. */
	readonly tileId?: string | undefined;
	readonly dispatches: readonly KernelDispatch<Ref>[];
	readonly output: Ref;
	/** Of the output's f32 values, computed in float64. */
	readonly expected: Float64Array;
	/** Most relative error, where arithmetic is not of f32 numbers. */
	readonly tolerance?: number;
}
