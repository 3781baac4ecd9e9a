import { halfWgsl } from './half-wgsl.ts';
import {
	type BoundRange,
	F32_BYTES,
	f32Rows,
	type KernelDispatch,
	type KernelTarget,
} from './kernel-dispatch.ts';

export interface GroupNormArguments<Ref> {
	readonly label: string;
	/** f32 [channels, pixels] */
	readonly x: Ref;
	/** FP16 [channels] */
	readonly weight: BoundRange<Ref>;
	/** FP16 [channels] */
	readonly bias: BoundRange<Ref>;
	/** Scratch: `groupNormMomentElements` f32. */
	readonly moments: Ref;
	/** f32 [channels, 2]: scale and shift, so that x · scale + shift is the normalized value. */
	readonly affine: Ref;
	readonly channels: number;
	readonly pixels: number;
	readonly groups: number;
	readonly epsilon: number;
}

const THREADS = 256;
/** Values of a chunk: read twice, the second time from the cache. */
const CHUNK = 16384;
const FLOPS_PER_VALUE = 4;

/** Floats that the moments of all chunks take: mean and sum of squared deviations of each. */
export function groupNormMomentElements(channels: number, pixels: number, groups: number): number {
	return 2 * groups * chunksOf((channels / groups) * pixels);
}

/**
 * The scale and shift that GroupNorm is for each channel, from exact statistics: each chunk's mean and
 * squared deviations from it, then the chunks' together. Whoever reads x applies them.
 *
 * @throws RangeError for a tensor that one binding cannot hold
 */
export function groupNorm<Ref>(
	args: GroupNormArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { channels, pixels, groups, label } = args;
	const values = (channels / groups) * pixels;
	const chunks = chunksOf(values);
	if (channels * pixels * F32_BYTES > target.limits.maxStorageBufferBindingSize) {
		throw new RangeError(`${label}: [${channels}, ${pixels}] exceeds a binding`);
	}
	const job = new Uint32Array([values, chunks, channels / groups, 0]);
	const momentElements = groupNormMomentElements(channels, pixels, groups);
	const moments = f32Rows(args.moments, momentElements, { start: 0, count: 1 });
	return [
		{
			label: `${label} chunks`,
			wgsl: MOMENTS_WGSL,
			job,
			bindings: [f32Rows(args.x, pixels, { start: 0, count: channels }), moments],
			workgroups: [chunks, groups, 1],
			flops: FLOPS_PER_VALUE * channels * pixels,
		},
		{
			label,
			wgsl: affineWgsl(args.epsilon, target.unpackKeepsSubnormals),
			job,
			bindings: [
				moments,
				args.weight,
				args.bias,
				f32Rows(args.affine, 2, { start: 0, count: channels }),
			],
			workgroups: [groups, 1, 1],
			flops: FLOPS_PER_VALUE * chunks * groups,
		},
	];
}

function chunksOf(values: number): number {
	return Math.ceil(values / CHUNK);
}

const TOTAL_WGSL = `var<workgroup> partials: array<f32, ${THREADS}>;

/// The sum of all threads' values.
fn total(thread: u32, value: f32) -> f32 {
	partials[thread] = value;
	workgroupBarrier();
	for (var stride = ${THREADS / 2}u; stride > 0u; stride >>= 1u) {
		if (thread < stride) { partials[thread] += partials[thread + stride]; }
		workgroupBarrier();
	}
	let sum = partials[0];
	workgroupBarrier();
	return sum;
}
`;

const JOB_WGSL = `struct Job { values: u32, chunks: u32, channelsPerGroup: u32, unused: u32 }
@group(0) @binding(0) var<uniform> job: Job;
`;

/** A workgroup takes one chunk of one group. */
const MOMENTS_WGSL = `${JOB_WGSL}@group(0) @binding(1) var<storage, read> x: array<f32>; // [groups, values]
@group(0) @binding(2) var<storage, read_write> moments: array<vec2f>; // [groups, chunks]: mean, squared deviations
${TOTAL_WGSL}
@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let first = group.x * ${CHUNK}u;
	let count = min(${CHUNK}u, job.values - first);
	let base = group.y * job.values + first;
	var sum = 0.0;
	for (var i = thread; i < count; i += ${THREADS}u) { sum += x[base + i]; }
	let mean = total(thread, sum) / f32(count);
	var squares = 0.0;
	for (var i = thread; i < count; i += ${THREADS}u) {
		let deviation = x[base + i] - mean;
		squares += deviation * deviation;
	}
	let deviations = total(thread, squares);
	if (thread == 0u) { moments[group.y * job.chunks + group.x] = vec2f(mean, deviations); }
}
`;

/** A workgroup joins the chunks of one group: squared deviations from the common mean add up. */
function affineWgsl(epsilon: number, unpackKeepsSubnormals: boolean): string {
	return `${JOB_WGSL}@group(0) @binding(1) var<storage, read> moments: array<vec2f>; // [groups, chunks]
@group(0) @binding(2) var<storage, read> weight: array<u32>; // FP16 [channels]
@group(0) @binding(3) var<storage, read> bias: array<u32>; // FP16 [channels]
@group(0) @binding(4) var<storage, read_write> affine: array<vec2f>; // [channels]: scale, shift
${halfWgsl(unpackKeepsSubnormals)}${TOTAL_WGSL}
fn countOf(chunk: u32) -> f32 { return f32(min(${CHUNK}u, job.values - chunk * ${CHUNK}u)); }

@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let base = group.x * job.chunks;
	var sum = 0.0;
	for (var i = thread; i < job.chunks; i += ${THREADS}u) { sum += moments[base + i].x * countOf(i); }
	let mean = total(thread, sum) / f32(job.values);
	var squares = 0.0;
	for (var i = thread; i < job.chunks; i += ${THREADS}u) {
		let deviation = moments[base + i].x - mean;
		squares += moments[base + i].y + countOf(i) * deviation * deviation;
	}
	let inverse = 1.0 / sqrt(total(thread, squares) / f32(job.values) + ${epsilon.toExponential()});
	for (var i = thread; i < job.channelsPerGroup; i += ${THREADS}u) {
		let channel = group.x * job.channelsPerGroup + i;
		let scale = inverse * widen2(weight[channel >> 1u])[channel & 1u];
		affine[channel] = vec2f(scale, widen2(bias[channel >> 1u])[channel & 1u] - mean * scale);
	}
}
`;
}
