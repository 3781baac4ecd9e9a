import type { Kernel } from '../dispatch/kernel.ts';
import {
	type BoundRange,
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
} from '../dispatch/kernel-dispatch.ts';
import { f32Rows, splitRows } from '../dispatch/row-ranges.ts';
import { Bindings, read, readWrite } from '../wgsl/bindings.ts';
import { halfWgsl } from '../wgsl/half-wgsl.ts';
import { jobLayout, u32 } from '../wgsl/job-layout.ts';
import { wgsl } from '../wgsl/wgsl.ts';

export interface HeadNormRotaryArguments<Ref> {
	readonly label: string;
	/** f32 [tokens, heads·headDim] */
	readonly x: Ref;
	/** [headDim] */
	readonly weight: BoundRange<Ref>;
	/** FP16 where not given. */
	readonly weightFormat?: 'f16' | 'f32';
	/** f32 [tokens, headDim/2] */
	readonly cos: Ref;
	/** f32 [tokens, headDim/2] */
	readonly sin: Ref;
	/** f32 [tokens, heads·headDim] */
	readonly output: Ref;
	readonly tokens: number;
	readonly heads: number;
	readonly headDim: number;
	readonly epsilon: number;
	/** Angle k turns values 2k and 2k + 1; else k and k + headDim/2. */
	readonly interleaved: boolean;
}

/** Threads that share a head. */
const LANES = 16;
const HEADS_PER_GROUP = 16;
const FLOPS_PER_ELEMENT = 10;

function dispatches<Ref>(
	args: HeadNormRotaryArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { tokens, heads, headDim, interleaved, epsilon } = args;
	const { unpackKeepsSubnormals } = target;
	const columns = heads * headDim;
	const { weightFormat = 'f16' } = args;
	const text = headNormRotaryWgsl({ interleaved, epsilon, weightFormat, unpackKeepsSubnormals });
	const bindings = bindingsOf(weightFormat);
	const flopsPerRow = FLOPS_PER_ELEMENT * columns;
	return splitRows(tokens, columns * F32_BYTES, flopsPerRow, target).map((range) => {
		const groups = Math.ceil((range.count * heads) / HEADS_PER_GROUP);
		const groupsX = Math.min(groups, target.limits.maxComputeWorkgroupsPerDimension);
		return {
			label: args.label,
			wgsl: text,
			job: JOB.encode({ tokens: range.count, heads, headDim, groupsX }),
			bindings: bindings.ranges({
				x: f32Rows(args.x, columns, range),
				weight: args.weight,
				cosines: f32Rows(args.cos, headDim / 2, range),
				sines: f32Rows(args.sin, headDim / 2, range),
				y: f32Rows(args.output, columns, range),
			}),
			workgroups: [groupsX, Math.ceil(groups / groupsX), 1],
			flops: flopsPerRow * range.count,
		};
	});
}

/** RMSNorm of each head, then rotation by its token's angles. Source: docs/spec/z-image-turbo.md 2.5, 2.6, 4 */
export const headNormRotary = {
	name: 'head-norm-rotary',
	shader: headNormRotaryWgsl,
	dispatches,
} satisfies Kernel<HeadNormRotaryShader>;

export interface HeadNormRotaryShader {
	readonly interleaved: boolean;
	readonly epsilon: number;
	readonly weightFormat: 'f16' | 'f32';
	readonly unpackKeepsSubnormals: boolean;
}

const JOB = jobLayout(u32('tokens', 'heads', 'headDim', 'groupsX'));

function bindingsOf(weightFormat: HeadNormRotaryShader['weightFormat']): Bindings {
	return new Bindings([
		read('x', 'f32', '[tokens, heads, headDim]'),
		weightFormat === 'f16'
			? read('weight', 'u32', 'FP16 [headDim]')
			: read('weight', 'f32', '[headDim]'),
		read('cosines', 'f32', '[tokens, headDim / 2]'),
		read('sines', 'f32', '[tokens, headDim / 2]'),
		readWrite('y', 'f32', '[tokens, heads, headDim]'),
	]);
}

/** A head's values are shared by 16 threads, each with every 16th pair; a workgroup has 16 heads. */
function headNormRotaryWgsl({
	interleaved,
	epsilon,
	weightFormat,
	unpackKeepsSubnormals,
}: HeadNormRotaryShader): string {
	return wgsl`
		const LANES = ${LANES}u;
		const HEADS_PER_GROUP = ${HEADS_PER_GROUP}u;
		const THREADS = ${LANES * HEADS_PER_GROUP}u;
		const EPSILON = ${epsilon.toExponential()};

		${JOB.wgsl}
		${bindingsOf(weightFormat).wgsl}

		${halfWgsl(unpackKeepsSubnormals)}
		fn weightAt(i: u32) -> f32 { return ${weightFormat === 'f16' ? 'widen2(weight[i >> 1u])[i & 1u]' : 'weight[i]'}; }

		var<workgroup> partials: array<f32, THREADS>;

		@compute @workgroup_size(THREADS)
		fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
			let lane = thread % LANES;
			let wanted = (group.y * job.groupsX + group.x) * HEADS_PER_GROUP + thread / LANES;
			let last = job.tokens * job.heads - 1u;
			let item = min(wanted, last);
			let base = item * job.headDim;
			let half = job.headDim / 2u;

			var squares = 0.0;
			for (var i = lane; i < job.headDim; i += LANES) {
				let value = x[base + i];
				squares += value * value;
			}
			partials[thread] = squares;
			workgroupBarrier();
			var total = 0.0;
			for (var i = 0u; i < LANES; i++) { total += partials[thread - lane + i]; }
			let scale = 1.0 / sqrt(total / f32(job.headDim) + EPSILON);

			if (wanted > last) { return; }
			let angles = (item / job.heads) * half;
			for (var k = lane; k < half; k += LANES) {
				let i = ${interleaved ? '2u * k' : 'k'};
				let j = ${interleaved ? '2u * k + 1u' : 'k + half'};
				let a = x[base + i] * scale * weightAt(i);
				let b = x[base + j] * scale * weightAt(j);
				let c = cosines[angles + k];
				let s = sines[angles + k];
				y[base + i] = a * c - b * s;
				y[base + j] = a * s + b * c;
			}
		}
	`;
}
