import type { Kernel } from '../dispatch/kernel.ts';
import {
	type BoundRange,
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
} from '../dispatch/kernel-dispatch.ts';
import { f32Rows, splitRows } from '../dispatch/row-ranges.ts';
import { Bindings, read, readWrite } from '../wgsl/bindings.ts';
import { jobLayout, u32 } from '../wgsl/job-layout.ts';
import { wgsl } from '../wgsl/wgsl.ts';

export interface MixArguments<Ref> {
	readonly label: string;
	/** f32 [rows, inner, width] */
	readonly x: Ref;
	/** f32 [outer, inner] */
	readonly weight: BoundRange<Ref>;
	/** f32 [rows, columns] */
	readonly output: Ref;
	readonly rows: number;
	/** Of [outer·width]: those from `firstColumn` on. */
	readonly columns: number;
	readonly firstColumn: number;
	readonly inner: number;
	readonly width: number;
}

const THREADS = 256;

function dispatches<Ref>(
	args: MixArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { rows, columns, firstColumn, inner, width } = args;
	const longestRowBytes = Math.max(columns, inner * width) * F32_BYTES;
	const flopsPerRow = 2 * inner * columns;
	return splitRows(rows, longestRowBytes, flopsPerRow, target).map((range) => {
		const groups = Math.ceil((range.count * columns) / THREADS);
		const groupsX = Math.min(groups, target.limits.maxComputeWorkgroupsPerDimension);
		return {
			label: args.label,
			wgsl: MIX_WGSL,
			job: JOB.encode({ rows: range.count, columns, firstColumn, inner, width, groupsX }),
			bindings: BINDINGS.ranges({
				x: f32Rows(args.x, inner * width, range),
				weight: args.weight,
				y: f32Rows(args.output, columns, range),
			}),
			workgroups: [groupsX, Math.ceil(groups / groupsX), 1],
			flops: flopsPerRow * range.count,
		};
	});
}

/** y[l, i·width + k] = Σ_j weight[i, j] · x[l, j, k]: the outer factor of a Kronecker product. */
export const mix = {
	name: 'mix',
	shader: () => MIX_WGSL,
	dispatches,
} satisfies Kernel<void>;

const JOB = jobLayout(u32('rows', 'columns', 'firstColumn', 'inner', 'width', 'groupsX'));
const BINDINGS = new Bindings([
	read('x', 'f32', '[rows, inner, width]'),
	read('weight', 'f32', '[outer, inner]'),
	readWrite('y', 'f32', '[rows, columns]'),
]);

/** A thread computes one element: neighbours read neighbours of x, and the same weight. */
const MIX_WGSL = wgsl`
	const THREADS = ${THREADS}u;

	${JOB.wgsl}
	${BINDINGS.wgsl}

	@compute @workgroup_size(THREADS)
	fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
		let index = (group.y * job.groupsX + group.x) * THREADS + thread;
		let row = index / job.columns;
		if (row >= job.rows) { return; }
		let column = job.firstColumn + index % job.columns;
		var place = row * job.inner * job.width + column % job.width;
		let line = column / job.width * job.inner;
		var sum = 0.0;
		for (var j = 0u; j < job.inner; j++) {
			sum = fma(weight[line + j], x[place], sum);
			place += job.width;
		}
		y[index] = sum;
	}
`;
