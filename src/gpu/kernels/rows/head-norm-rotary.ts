import { halfWgsl } from '../wgsl/half-wgsl.ts';
import {
	type BoundRange,
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
} from '../dispatch/kernel-dispatch.ts';
import { f32Rows, splitRows } from '../dispatch/row-ranges.ts';

export interface HeadNormRotaryArguments<Ref> {
	readonly label: string;
	/** f32 [tokens, heads·headDim] */
	readonly x: Ref;
	/** FP16 [headDim] */
	readonly weight: BoundRange<Ref>;
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

/** RMSNorm of each head, then rotation by its token's angles. Source: spec 2.5, 2.6, 4 */
export function headNormRotary<Ref>(
	args: HeadNormRotaryArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { tokens, heads, headDim } = args;
	const columns = heads * headDim;
	const wgsl = headNormRotaryWgsl(args.interleaved, args.epsilon, target.unpackKeepsSubnormals);
	const flopsPerRow = FLOPS_PER_ELEMENT * columns;
	return splitRows(tokens, columns * F32_BYTES, flopsPerRow, target).map((range) => {
		const groups = Math.ceil((range.count * heads) / HEADS_PER_GROUP);
		const groupsX = Math.min(groups, target.limits.maxComputeWorkgroupsPerDimension);
		return {
			label: args.label,
			wgsl,
			job: new Uint32Array([range.count, heads, headDim, groupsX]),
			bindings: [
				f32Rows(args.x, columns, range),
				args.weight,
				f32Rows(args.cos, headDim / 2, range),
				f32Rows(args.sin, headDim / 2, range),
				f32Rows(args.output, columns, range),
			],
			workgroups: [groupsX, Math.ceil(groups / groupsX), 1],
			flops: flopsPerRow * range.count,
		};
	});
}

/** A head's values are shared by 16 threads, each with every 16th pair; a workgroup has 16 heads. */
function headNormRotaryWgsl(
	interleaved: boolean,
	epsilon: number,
	unpackKeepsSubnormals: boolean,
): string {
	return `struct Job { tokens: u32, heads: u32, headDim: u32, groupsX: u32 }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [tokens, heads, headDim]
@group(0) @binding(2) var<storage, read> weight: array<u32>; // FP16 [headDim]
@group(0) @binding(3) var<storage, read> cosines: array<f32>; // [tokens, headDim / 2]
@group(0) @binding(4) var<storage, read> sines: array<f32>; // [tokens, headDim / 2]
@group(0) @binding(5) var<storage, read_write> y: array<f32>; // [tokens, heads, headDim]
${halfWgsl(unpackKeepsSubnormals)}
fn weightAt(i: u32) -> f32 { return widen2(weight[i >> 1u])[i & 1u]; }

var<workgroup> partials: array<f32, ${LANES * HEADS_PER_GROUP}>;

@compute @workgroup_size(${LANES * HEADS_PER_GROUP})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let lane = thread % ${LANES}u;
	let wanted = (group.y * job.groupsX + group.x) * ${HEADS_PER_GROUP}u + thread / ${LANES}u;
	let last = job.tokens * job.heads - 1u;
	let item = min(wanted, last);
	let base = item * job.headDim;
	let half = job.headDim / 2u;

	var squares = 0.0;
	for (var i = lane; i < job.headDim; i += ${LANES}u) {
		let value = x[base + i];
		squares += value * value;
	}
	partials[thread] = squares;
	workgroupBarrier();
	var total = 0.0;
	for (var i = 0u; i < ${LANES}u; i++) { total += partials[thread - lane + i]; }
	let scale = 1.0 / sqrt(total / f32(job.headDim) + ${epsilon.toExponential()});

	if (wanted > last) { return; }
	let angles = (item / job.heads) * half;
	for (var k = lane; k < half; k += ${LANES}u) {
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
