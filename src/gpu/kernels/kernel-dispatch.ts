import type { MatrixUnits } from './matrix-units.ts';

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

/** A piece of work in floating-point operations, the bytes that it moves included: what its time goes by. */
export function workOf(flops: number, bytes: number): number {
	return flops + FLOPS_PER_BYTE * bytes;
}

export function dispatchWork({ flops, bytes, bindings }: KernelDispatch<unknown>): number {
	return workOf(flops, bytes ?? bindings.reduce((sum, { byteLength }) => sum + byteLength, 0));
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
	/** For linear layers and attention; only where they were asked for, and the adapter has them. */
	readonly matrices?: MatrixUnits;
	/** A dispatch of more work than this is split. Bytes count too: see `workOf`. */
	readonly maxDispatchFlops: number;
}

export const F32_BYTES = 4;
export const F16_BYTES = 2;

/** Ranges of rows start at a multiple of this, so that any row length puts them at a multiple of 256 bytes. */
export const ROW_RANGE_MULTIPLE = 64;

export interface RowRange {
	readonly start: number;
	readonly count: number;
}

/**
 * Cuts rows into ranges that fit a binding and a piece of work.
 *
 * @param longestRowBytes of the buffers that are bound by row ranges
 * @throws RangeError if not even a few rows fit a binding
 */
export function splitRows(
	rows: number,
	longestRowBytes: number,
	flopsPerRow: number,
	target: KernelTarget,
	multiple: number = ROW_RANGE_MULTIPLE,
): readonly RowRange[] {
	const fitting = Math.floor(target.limits.maxStorageBufferBindingSize / longestRowBytes);
	if (rows > fitting && fitting < multiple) {
		throw new RangeError(`${multiple} rows of ${longestRowBytes} bytes exceed a binding`);
	}
	const affordable = affordableRows(longestRowBytes, flopsPerRow, target);
	const most = Math.min(fitting, Math.max(affordable, multiple));
	if (rows <= most) return [{ start: 0, count: rows }];
	const pieces = Math.ceil(rows / (Math.floor(most / multiple) * multiple));
	const count = Math.ceil(rows / pieces / multiple) * multiple;
	return Array.from({ length: Math.ceil(rows / count) }, (_, index) => ({
		start: index * count,
		count: Math.min(count, rows - index * count),
	}));
}

/** Rows that are one piece of work, each read and written once; possibly none. */
export function affordableRows(
	longestRowBytes: number,
	flopsPerRow: number,
	{ maxDispatchFlops }: KernelTarget,
): number {
	return Math.floor(maxDispatchFlops / workOf(flopsPerRow, 2 * longestRowBytes));
}

/** The bytes of `range` in a row-major f32 matrix. */
export function f32Rows<Ref>(ref: Ref, columns: number, range: RowRange): BoundRange<Ref> {
	return {
		ref,
		byteOffset: range.start * columns * F32_BYTES,
		byteLength: range.count * columns * F32_BYTES,
	};
}
