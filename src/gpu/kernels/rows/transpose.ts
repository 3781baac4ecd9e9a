import type { Kernel } from '../dispatch/kernel.ts';
import { F32_BYTES, type KernelDispatch, type KernelTarget } from '../dispatch/kernel-dispatch.ts';
import { f32Rows, splitRows } from '../dispatch/row-ranges.ts';
import { Bindings, read, readWrite } from '../wgsl/bindings.ts';
import { jobLayout, u32 } from '../wgsl/job-layout.ts';
import { wgsl } from '../wgsl/wgsl.ts';

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

function dispatches<Ref>(
	args: TransposeArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { rows, columns, affine } = args;
	if (rows * columns * F32_BYTES > target.limits.maxStorageBufferBindingSize) {
		throw new RangeError(`${args.label}: [${rows}, ${columns}] exceeds a binding`);
	}
	const shader = { hasAffine: affine !== undefined };
	const [text, bindings] = [transposeWgsl(shader), transposeBindings(shader)];
	const allRows = { start: 0, count: rows };
	return splitRows(columns, rows * F32_BYTES, 2 * rows, target).map((range) => ({
		label: args.label,
		wgsl: text,
		job: JOB.encode({
			rows,
			columns,
			firstColumn: range.start,
			endColumn: range.start + range.count,
		}),
		bindings: bindings.ranges({
			x: f32Rows(args.x, columns, allRows),
			y: f32Rows(args.output, rows, range),
			affine: affine === undefined ? undefined : f32Rows(affine, 2, allRows),
		}),
		workgroups: [Math.ceil(range.count / TILE), Math.ceil(rows / TILE), 1],
		flops: 2 * rows * range.count,
		bytes: 2 * rows * range.count * F32_BYTES,
	}));
}

/** yᵀ = x, or of scaled and shifted rows. @throws RangeError for a tensor that one binding cannot hold */
export const transpose = {
	name: 'transpose',
	shader: transposeWgsl,
	dispatches,
} satisfies Kernel<TransposeShader>;

export interface TransposeShader {
	readonly hasAffine: boolean;
}

const JOB = jobLayout(u32('rows', 'columns', 'firstColumn', 'endColumn'));

function transposeBindings({ hasAffine }: TransposeShader): Bindings {
	return new Bindings([
		read('x', 'f32', '[rows, columns]'),
		readWrite('y', 'f32', '[endColumn - firstColumn, rows]'),
		hasAffine && read('affine', 'vec2f', '[rows]: scale, shift'),
	]);
}

/** A workgroup turns a tile of 32 by 32 in its memory, so that reads and writes both run along rows. */
function transposeWgsl(shader: TransposeShader): string {
	const change = shader.hasAffine && ' * affine[row].x + affine[row].y';
	return wgsl`
		const TILE = ${TILE}u;
		const STRIDE = ${TILE + 1}u;
		const THREADS_Y = ${THREADS_Y}u;

		${JOB.wgsl}
		${transposeBindings(shader).wgsl}

		var<workgroup> tile: array<f32, TILE * STRIDE>;

		@compute @workgroup_size(TILE, THREADS_Y)
		fn main(@builtin(local_invocation_id) thread: vec3u, @builtin(workgroup_id) group: vec3u) {
			for (var i = thread.y; i < TILE; i += THREADS_Y) {
				let row = group.y * TILE + i;
				let column = job.firstColumn + group.x * TILE + thread.x;
				if (row < job.rows && column < job.endColumn) {
					tile[i * STRIDE + thread.x] = x[row * job.columns + column]${change};
				}
			}
			workgroupBarrier();
			for (var i = thread.y; i < TILE; i += THREADS_Y) {
				let row = group.y * TILE + thread.x;
				let column = job.firstColumn + group.x * TILE + i;
				if (row < job.rows && column < job.endColumn) {
					y[(column - job.firstColumn) * job.rows + row] = tile[thread.x * STRIDE + i];
				}
			}
		}
	`;
}
