import type { Kernel } from '../dispatch/kernel.ts';
import {
	F16_BYTES,
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
} from '../dispatch/kernel-dispatch.ts';
import { Bindings, read, readWrite } from '../wgsl/bindings.ts';
import { jobLayout, u32 } from '../wgsl/job-layout.ts';
import { wgsl } from '../wgsl/wgsl.ts';
import { MATRIX_SUBGROUP } from './matrix-units.ts';

export interface RowHalvesArguments<Ref> {
	readonly label: string;
	/** f32 [rows, parts, depth] */
	readonly x: Ref;
	/** FP16 [paddedRows, parts, depth] */
	readonly halves: Ref;
	/** f32 [rows, parts]: what a part's halves are to be multiplied with, a power of two. */
	readonly scales: Ref;
	readonly rows: number;
	/** Parts of a row with scales of their own: heads, or one. */
	readonly parts: number;
	/** Of a part, a multiple of 4. */
	readonly depth: number;
}

/** Rows are padded with zeros, to whole tiles of every kernel that reads them. */
const ROW_MULTIPLE = 256;
const THREADS = 256;
const ROWS_AT_ONCE = THREADS / MATRIX_SUBGROUP;
/** Workgroups in the first dimension, below every adapter's limit. */
const WORKGROUPS_X = 32768;
function paddedRows(rows: number): number {
	return Math.ceil(rows / ROW_MULTIPLE) * ROW_MULTIPLE;
}

/** Bytes of `halves`. @param width elements of a row */
export function halvesBytes(rows: number, width: number): number {
	return paddedRows(rows) * width * F16_BYTES;
}

function dispatches<Ref>(
	args: RowHalvesArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { parts, depth } = args;
	if (depth % 4 !== 0) throw new RangeError(`Rows of ${depth} are not whole vectors`);
	const rows = args.rows * parts;
	const padded = paddedRows(args.rows) * parts;
	const x = { ref: args.x, byteOffset: 0, byteLength: rows * depth * F32_BYTES };
	const halves = {
		ref: args.halves,
		byteOffset: 0,
		byteLength: halvesBytes(args.rows, parts * depth),
	};
	const most = target.limits.maxStorageBufferBindingSize;
	if (Math.max(x.byteLength, halves.byteLength) > most) {
		throw new RangeError(`Rows of ${x.byteLength} bytes exceed a binding`);
	}
	const groups = padded / ROWS_AT_ONCE;
	return [
		{
			label: args.label,
			wgsl: ROW_HALVES_WGSL,
			job: JOB.encode({ rows, depth, paddedRows: padded }),
			bindings: BINDINGS.ranges({
				x,
				halves,
				scales: { ref: args.scales, byteOffset: 0, byteLength: rows * F32_BYTES },
			}),
			workgroups: [Math.min(groups, WORKGROUPS_X), Math.ceil(groups / WORKGROUPS_X), 1],
			flops: 0,
		},
	];
}

/**
 * f32 rows as FP16, scaled against overflow: each part by the power of two that brings its largest magnitude
 * to between 2^14 and 2^15. The rounding is a relative error of 3e-4.
 *
 * @throws RangeError for rows that no binding holds
 */
export const rowHalves = {
	name: 'row-halves',
	shader: () => ROW_HALVES_WGSL,
	dispatches,
} satisfies Kernel<void>;

const JOB = jobLayout(u32('rows', 'depth', 'paddedRows'));
const BINDINGS = new Bindings([
	read('x', 'vec4f', '[rows, depth]'),
	readWrite('halves', 'vec2u', 'FP16 [paddedRows, depth]'),
	readWrite('scales', 'f32', '[rows]'),
]);

/** A subgroup takes one part of a row, here called a row: finds its largest magnitude, and writes it scaled. */
const ROW_HALVES_WGSL = wgsl`
	enable subgroups;

	const TOP_EXPONENT = 14; // halves are below 2^(this + 1): FP16 ends at 2^16
	const LEAST_EXPONENT = -40; // smaller rows are scaled as if they were so large: attention needs the scales' ratios to be f32 numbers
	const MOST_EXPONENT = 100; // beyond it a factor would be no normal number
	const WORKGROUPS_X = ${WORKGROUPS_X}u;
	const ROWS_AT_ONCE = ${ROWS_AT_ONCE}u;
	const SUBGROUP = ${MATRIX_SUBGROUP}u;
	const THREADS = ${THREADS}u;

	${JOB.wgsl}
	${BINDINGS.wgsl}

	@compute @workgroup_size(THREADS)
	fn main(
		@builtin(workgroup_id) group: vec3u,
		@builtin(subgroup_id) subgroup: u32,
		@builtin(subgroup_invocation_id) lane: u32,
	) {
		let row = (group.y * WORKGROUPS_X + group.x) * ROWS_AT_ONCE + subgroup;
		let vectors = job.depth / 4u;
		let isRow = row < job.rows;
		var largest = vec4f();
		if (isRow) {
			for (var i = lane; i < vectors; i += SUBGROUP) {
				largest = max(largest, abs(x[row * vectors + i]));
			}
		}
		let magnitude = subgroupMax(max(max(largest.x, largest.y), max(largest.z, largest.w)));
		let exponent = clamp(i32(bitcast<u32>(magnitude) >> 23u) - 127, LEAST_EXPONENT, MOST_EXPONENT);
		let factor = bitcast<f32>(u32(127 + TOP_EXPONENT - exponent) << 23u);
		if (lane == 0u && isRow) { scales[row] = bitcast<f32>(u32(127 - TOP_EXPONENT + exponent) << 23u); }
		if (row >= job.paddedRows) { return; }
		for (var i = lane; i < vectors; i += SUBGROUP) {
			var value = vec4f();
			if (isRow) { value = x[row * vectors + i] * factor; }
			halves[row * vectors + i] = vec2u(pack2x16float(value.xy), pack2x16float(value.zw));
		}
	}
`;
