import { F32_BYTES, type KernelDispatch, type KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { f32Rows, splitRows } from '../dispatch/row-ranges.ts';

export interface TransposeArguments<Ref> {
	readonly label: string;
	/** f32 [rows, columns] */
	readonly x: Ref;
	/** f32 [rows, 2]: each row is x · scale + shift first. */
	readonly affine?: Ref;
	/** f32 [columns, rows] */
	readonly output: Ref;
	readonly rows: number;
	readonly columns: number;
}

const TILE = 32;
const THREADS_Y = 8;

/** yᵀ = x, or of scaled and shifted rows. @throws RangeError for a tensor that one binding cannot hold */
export function transpose<Ref>(
	args: TransposeArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { rows, columns } = args;
	if (rows * columns * F32_BYTES > target.limits.maxStorageBufferBindingSize) {
		throw new RangeError(`${args.label}: [${rows}, ${columns}] exceeds a binding`);
	}
	const wgsl = transposeWgsl(args.affine !== undefined);
	return splitRows(columns, rows * F32_BYTES, 2 * rows, target).map((range) => ({
		label: args.label,
		wgsl,
		job: new Uint32Array([rows, columns, range.start, range.start + range.count]),
		bindings: [
			f32Rows(args.x, columns, { start: 0, count: rows }),
			f32Rows(args.output, rows, range),
			...(args.affine === undefined ? [] : [f32Rows(args.affine, 2, { start: 0, count: rows })]),
		],
		workgroups: [Math.ceil(range.count / TILE), Math.ceil(rows / TILE), 1],
		flops: 2 * rows * range.count,
		bytes: 2 * rows * range.count * F32_BYTES,
	}));
}

/** A workgroup turns a tile of 32 by 32 in its memory, so that reads and writes both run along rows. */
function transposeWgsl(hasAffine: boolean): string {
	return `struct Job { rows: u32, columns: u32, firstColumn: u32, endColumn: u32 }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [rows, columns]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [endColumn - firstColumn, rows]
${hasAffine ? '@group(0) @binding(3) var<storage, read> affine: array<vec2f>; // [rows]: scale, shift\n' : ''}
var<workgroup> tile: array<f32, ${TILE * (TILE + 1)}>;

@compute @workgroup_size(${TILE}, ${THREADS_Y})
fn main(@builtin(local_invocation_id) thread: vec3u, @builtin(workgroup_id) group: vec3u) {
	for (var i = thread.y; i < ${TILE}u; i += ${THREADS_Y}u) {
		let row = group.y * ${TILE}u + i;
		let column = job.firstColumn + group.x * ${TILE}u + thread.x;
		if (row < job.rows && column < job.endColumn) {
			tile[i * ${TILE + 1}u + thread.x] = x[row * job.columns + column]${hasAffine ? ' * affine[row].x + affine[row].y' : ''};
		}
	}
	workgroupBarrier();
	for (var i = thread.y; i < ${TILE}u; i += ${THREADS_Y}u) {
		let row = group.y * ${TILE}u + thread.x;
		let column = job.firstColumn + group.x * ${TILE}u + i;
		if (row < job.rows && column < job.endColumn) {
			y[(column - job.firstColumn) * job.rows + row] = tile[thread.x * ${TILE + 1}u + i];
		}
	}
}
`;
}
