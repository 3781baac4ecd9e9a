import type { TileRules } from './tile-rules.ts';

/** A range of a buffer. `Ref` names the buffer: a GPUBuffer, or a value of a plan that has none yet. */
export interface BoundRange<Ref> {
	readonly ref: Ref;
	/** A multiple of 256. */
	readonly byteOffset: number;
	/** A multiple of 4. */
	readonly byteLength: number;
}

/** One dispatch of a kernel, as data: what to run, on what, and how much work it is. */
export interface KernelDispatch<Ref> {
	readonly label: string;
	readonly wgsl: string;
	/** How its work is cut, by `TileTable.id`; absent for kernels that cut it in one way. */
	readonly tile?: string;
	/** Contents of the uniform at binding 0. */
	readonly job: Uint32Array<ArrayBuffer>;
	/** Storage buffers, at bindings 1, 2, … */
	readonly bindings: readonly BoundRange<Ref>[];
	readonly workgroups: readonly [x: number, y: number, z: number];
	/** Floating-point operations. */
	readonly flops: number;
	/** Read and written; all that is bound where not given. */
	readonly bytes?: number;
}

/**
 * What integrated GPUs compute in the time that they move a byte (0.4 TFLOP/s, 25 GB/s): theirs are the
 * pieces of work that take long. Faster GPUs compute up to 50 meanwhile, but none of their pieces is long.
 */
const FLOPS_PER_BYTE = 16;

/** Estimated cost in FLOPs, memory traffic included. */
export function workOf(flops: number, bytes: number): number {
	return flops + FLOPS_PER_BYTE * bytes;
}

export function dispatchWork({ flops, bytes, bindings }: KernelDispatch<unknown>): number {
	return workOf(flops, bytes ?? bindings.reduce((sum, { byteLength }) => sum + byteLength, 0));
}

/** How a build of Chromium spells the order of a matrix in memory: it changed while experimental. */
export type MatrixSyntax = 'template' | 'argument';

/** What kernels need to know of an adapter's matrix units. */
export interface MatrixUnits {
	readonly syntax: MatrixSyntax;
}

/** What kernels choose their tiles and row ranges by. */
export interface KernelTarget {
	readonly limits: Pick<
		GPUSupportedLimits,
		| 'maxComputeWorkgroupStorageSize'
		| 'maxComputeInvocationsPerWorkgroup'
		| 'maxComputeWorkgroupsPerDimension'
		| 'maxStorageBufferBindingSize'
	>;
	/** True where `unpack2x16float` keeps FP16 subnormals; else they are widened by integer arithmetic. */
	readonly unpackKeepsSubnormals: boolean;
	/** True for a software GPU, which takes many seconds to compile loops that are written out. */
	readonly compilesSlowly: boolean;
	/** Which tiles may be given; the tuned ones, where not given. */
	readonly tiles?: TileRules;
	/** For linear layers and attention; only where they were asked for, and the adapter has them. */
	readonly matrices?: MatrixUnits;
	/** A dispatch of more work than this is split. Bytes count too: see `workOf`. */
	readonly maxDispatchFlops: number;
}

export const F32_BYTES = 4;
export const F16_BYTES = 2;
