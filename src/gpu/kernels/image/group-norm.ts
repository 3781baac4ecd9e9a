import { halfWgsl } from '../wgsl/half-wgsl.ts';
import { channelRange, type ImageBuffer, type Span, splitChannels } from './image-buffer.ts';
import {
	type BoundRange,
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
	workOf,
} from '../dispatch/kernel-dispatch.ts';
import { f32Rows } from '../dispatch/row-ranges.ts';

export interface ChannelMomentsArguments<Ref> {
	readonly label: string;
	readonly x: ImageBuffer<Ref>;
	readonly width: number;
	readonly channels: Span;
	/** Of the image; they must lie one after the other in x, which may be a ring. */
	readonly rows: Span;
	/** f32 [all channels, chunks, 4]: mean, sum of squared deviations and number of each chunk's values. */
	readonly moments: Ref;
	/** Of a channel, over all rows of the image. */
	readonly chunks: number;
	/** Where the chunks of these rows start. */
	readonly firstChunk: number;
}

export interface GroupAffineArguments<Ref> {
	readonly label: string;
	/** As `channelMoments` left them. */
	readonly moments: Ref;
	readonly chunks: number;
	/** FP16 [allChannels] */
	readonly weight: BoundRange<Ref>;
	/** FP16 [allChannels] */
	readonly bias: BoundRange<Ref>;
	/** f32 [allChannels, 2]: scale and shift, so that x · scale + shift is the normalized value. */
	readonly affine: Ref;
	readonly allChannels: number;
	readonly channelsPerGroup: number;
	/** Whole groups. */
	readonly channels: Span;
	/** Of the whole image. */
	readonly pixels: number;
	readonly epsilon: number;
}

const THREADS = 256;
/** Values of a chunk: read twice, the second time from the cache. */
const CHUNK = 16384;
const FLOPS_PER_VALUE = 4;
const MOMENT_ELEMENTS = 4;

/** Chunks of one channel's values. */
export function momentChunks(pixels: number): number {
	return Math.ceil(pixels / CHUNK);
}

/** Floats that the moments of all chunks take. */
export function momentElements(channels: number, chunks: number): number {
	return MOMENT_ELEMENTS * channels * chunks;
}

/**
 * Exact statistics of each channel of an image, chunk by chunk: the mean, and squared deviations from
 * it.
 *
 * @throws RangeError for channels that one binding cannot hold
 */
export function channelMoments<Ref>(
	args: ChannelMomentsArguments<Ref>,
	{ limits, maxDispatchFlops }: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { x, width, channels, rows, chunks } = args;
	const pixels = rows.count * width;
	const flops = FLOPS_PER_VALUE * pixels;
	const most = Math.floor(maxDispatchFlops / workOf(flops, F32_BYTES * pixels));
	const plane = x.rows * width;
	const moments = f32Rows(args.moments, MOMENT_ELEMENTS * chunks, {
		start: 0,
		count: channels.start + channels.count,
	});
	const maxBindingBytes = limits.maxStorageBufferBindingSize;
	return splitChannels(channels, [plane], maxBindingBytes, most).map((range) => ({
		label: args.label,
		wgsl: MOMENTS_WGSL,
		job: new Uint32Array([
			...[pixels, plane, (rows.start % x.rows) * width],
			...[range.start, chunks, args.firstChunk, 0, 0],
		]),
		bindings: [channelRange(x, width, range), moments],
		workgroups: [momentChunks(pixels), range.count, 1],
		flops: flops * range.count,
		bytes: F32_BYTES * range.count * pixels,
	}));
}

/** The scale and shift that GroupNorm is for each channel, from the chunks' moments. Whoever reads x applies them. */
export function groupAffine<Ref>(
	args: GroupAffineArguments<Ref>,
	target: KernelTarget,
): KernelDispatch<Ref> {
	const { channels, allChannels, channelsPerGroup, chunks, pixels } = args;
	const groups = channels.count / channelsPerGroup;
	const entries = channelsPerGroup * chunks;
	return {
		label: args.label,
		wgsl: affineWgsl(args.epsilon, target.unpackKeepsSubnormals),
		job: new Uint32Array([
			...[channelsPerGroup * pixels, entries],
			...[channelsPerGroup, channels.start / channelsPerGroup],
		]),
		bindings: [
			f32Rows(args.moments, MOMENT_ELEMENTS * chunks, { start: 0, count: allChannels }),
			args.weight,
			args.bias,
			f32Rows(args.affine, 2, { start: 0, count: allChannels }),
		],
		workgroups: [groups, 1, 1],
		flops: FLOPS_PER_VALUE * entries * groups,
	};
}

export interface GroupNormArguments<Ref> extends Pick<
	GroupAffineArguments<Ref>,
	'label' | 'moments' | 'weight' | 'bias' | 'affine'
> {
	/** f32 [channels, pixels] */
	readonly x: Ref;
	/** Scratch: `momentElements` f32. */
	readonly moments: Ref;
	readonly channels: number;
	readonly pixels: number;
	readonly groups: number;
	readonly epsilon: number;
}

/** Statistics and affine of a whole image. @throws RangeError for channels that one binding cannot hold */
export function groupNorm<Ref>(
	args: GroupNormArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { label, x, moments, pixels } = args;
	const channels = { start: 0, count: args.channels };
	const chunks = momentChunks(pixels);
	const image = { ref: x, rows: 1, firstChannel: 0 };
	const rows = { start: 0, count: 1 };
	return [
		...channelMoments(
			{
				label: `${label} moments`,
				x: image,
				width: pixels,
				channels,
				rows,
				moments,
				chunks,
				firstChunk: 0,
			},
			target,
		),
		groupAffine(
			{
				...args,
				chunks,
				channels,
				allChannels: args.channels,
				channelsPerGroup: args.channels / args.groups,
			},
			target,
		),
	];
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

/** A workgroup takes one chunk of one channel. */
const MOMENTS_WGSL = `struct Job { pixels: u32, plane: u32, firstPixel: u32, firstChannel: u32, chunks: u32, firstChunk: u32, unused0: u32, unused1: u32 }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [channels, plane]
@group(0) @binding(2) var<storage, read_write> moments: array<vec4f>; // [all channels, chunks]: mean, squared deviations, count
${TOTAL_WGSL}
@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let first = group.x * ${CHUNK}u;
	let count = min(${CHUNK}u, job.pixels - first);
	let base = group.y * job.plane + job.firstPixel + first;
	var sum = 0.0;
	for (var i = thread; i < count; i += ${THREADS}u) { sum += x[base + i]; }
	let mean = total(thread, sum) / f32(count);
	var squares = 0.0;
	for (var i = thread; i < count; i += ${THREADS}u) {
		let deviation = x[base + i] - mean;
		squares += deviation * deviation;
	}
	let deviations = total(thread, squares);
	if (thread == 0u) {
		let at = (job.firstChannel + group.y) * job.chunks + job.firstChunk + group.x;
		moments[at] = vec4f(mean, deviations, f32(count), 0.0);
	}
}
`;

/** A workgroup joins the chunks of one group's channels: squared deviations from the common mean add up. */
function affineWgsl(epsilon: number, unpackKeepsSubnormals: boolean): string {
	return `struct Job { values: u32, entries: u32, channelsPerGroup: u32, firstGroup: u32 }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> moments: array<vec4f>; // [all groups, entries]: mean, squared deviations, count
@group(0) @binding(2) var<storage, read> weight: array<u32>; // FP16 [all channels]
@group(0) @binding(3) var<storage, read> bias: array<u32>; // FP16 [all channels]
@group(0) @binding(4) var<storage, read_write> affine: array<vec2f>; // [all channels]: scale, shift
${halfWgsl(unpackKeepsSubnormals)}${TOTAL_WGSL}
@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let base = (job.firstGroup + group.x) * job.entries;
	var sum = 0.0;
	for (var i = thread; i < job.entries; i += ${THREADS}u) { sum += moments[base + i].x * moments[base + i].z; }
	let mean = total(thread, sum) / f32(job.values);
	var squares = 0.0;
	for (var i = thread; i < job.entries; i += ${THREADS}u) {
		let deviation = moments[base + i].x - mean;
		squares += moments[base + i].y + moments[base + i].z * deviation * deviation;
	}
	let inverse = 1.0 / sqrt(total(thread, squares) / f32(job.values) + ${epsilon.toExponential()});
	for (var i = thread; i < job.channelsPerGroup; i += ${THREADS}u) {
		let channel = (job.firstGroup + group.x) * job.channelsPerGroup + i;
		let scale = inverse * widen2(weight[channel >> 1u])[channel & 1u];
		affine[channel] = vec2f(scale, widen2(bias[channel >> 1u])[channel & 1u] - mean * scale);
	}
}
`;
}
