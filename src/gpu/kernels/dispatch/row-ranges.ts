import { type BoundRange, F32_BYTES, type KernelTarget, workOf } from './kernel-dispatch.ts';

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
