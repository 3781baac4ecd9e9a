import type { Kernel } from '../dispatch/kernel.ts';
import {
	type BoundRange,
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
	workOf,
} from '../dispatch/kernel-dispatch.ts';
import { f32Rows } from '../dispatch/row-ranges.ts';
import { Bindings, read, readWrite } from '../wgsl/bindings.ts';
import { halfWgsl } from '../wgsl/half-wgsl.ts';
import { jobLayout, u32 } from '../wgsl/job-layout.ts';
import { wgsl } from '../wgsl/wgsl.ts';
import { WORKGROUP_TOTAL_WGSL } from '../wgsl/workgroup-total.ts';
import { channelRange, type ImageBuffer, type Span, splitChannels } from './image-buffer.ts';

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
		wgsl: groupNormWgsl({ part: 'moments' }),
		job: MOMENTS_JOB.encode({
			...{ pixels, plane, firstPixel: (rows.start % x.rows) * width },
			...{ firstChannel: range.start, chunks, firstChunk: args.firstChunk },
		}),
		bindings: MOMENTS_BINDINGS.ranges({ x: channelRange(x, width, range), moments }),
		workgroups: [momentChunks(pixels), range.count, 1],
		flops: flops * range.count,
		bytes: F32_BYTES * range.count * pixels,
	}));
}

/** GroupNorm as one scale and shift per channel, applied by the consumer; from the chunks' moments. */
export function groupAffine<Ref>(
	args: GroupAffineArguments<Ref>,
	{ unpackKeepsSubnormals }: KernelTarget,
): KernelDispatch<Ref> {
	const { channels, allChannels, channelsPerGroup, chunks, pixels } = args;
	const groups = channels.count / channelsPerGroup;
	const entries = channelsPerGroup * chunks;
	const all = { start: 0, count: allChannels };
	return {
		label: args.label,
		wgsl: groupNormWgsl({ part: 'affine', epsilon: args.epsilon, unpackKeepsSubnormals }),
		job: AFFINE_JOB.encode({
			...{ values: channelsPerGroup * pixels, entries },
			...{ channelsPerGroup, firstGroup: channels.start / channelsPerGroup },
		}),
		bindings: AFFINE_BINDINGS.ranges({
			moments: f32Rows(args.moments, MOMENT_ELEMENTS * chunks, all),
			weight: args.weight,
			bias: args.bias,
			affine: f32Rows(args.affine, 2, all),
		}),
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

function dispatches<Ref>(
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

/** Statistics and affine of a whole image. @throws RangeError for channels that one binding cannot hold */
export const groupNorm = {
	name: 'group-norm',
	shader: groupNormWgsl,
	dispatches,
} satisfies Kernel<GroupNormShader>;

export type GroupNormShader = { readonly part: 'moments' } | GroupAffineShader;

interface GroupAffineShader {
	readonly part: 'affine';
	readonly epsilon: number;
	readonly unpackKeepsSubnormals: boolean;
}

function groupNormWgsl(shader: GroupNormShader): string {
	return shader.part === 'moments' ? MOMENTS_WGSL : affineWgsl(shader);
}

const MOMENTS_JOB = jobLayout(
	u32('pixels', 'plane', 'firstPixel', 'firstChannel', 'chunks', 'firstChunk'),
);
const MOMENTS_BINDINGS = new Bindings([
	read('x', 'f32', '[channels, plane]'),
	readWrite('moments', 'vec4f', '[all channels, chunks]: mean, squared deviations, count'),
]);

/** A workgroup takes one chunk of one channel. */
const MOMENTS_WGSL = wgsl`
	const THREADS = ${THREADS}u;
	const CHUNK = ${CHUNK}u;

	${MOMENTS_JOB.wgsl}
	${MOMENTS_BINDINGS.wgsl}

	${WORKGROUP_TOTAL_WGSL}

	@compute @workgroup_size(THREADS)
	fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
		let first = group.x * CHUNK;
		let count = min(CHUNK, job.pixels - first);
		let base = group.y * job.plane + job.firstPixel + first;
		var sum = 0.0;
		for (var i = thread; i < count; i += THREADS) { sum += x[base + i]; }
		let mean = total(thread, sum) / f32(count);
		var squares = 0.0;
		for (var i = thread; i < count; i += THREADS) {
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

const AFFINE_JOB = jobLayout(u32('values', 'entries', 'channelsPerGroup', 'firstGroup'));
const AFFINE_BINDINGS = new Bindings([
	read('moments', 'vec4f', '[all groups, entries]: mean, squared deviations, count'),
	read('weight', 'u32', 'FP16 [all channels]'),
	read('bias', 'u32', 'FP16 [all channels]'),
	readWrite('affine', 'vec2f', '[all channels]: scale, shift'),
]);

/** A workgroup joins the chunks of one group's channels: squared deviations from the common mean add up. */
function affineWgsl({ epsilon, unpackKeepsSubnormals }: GroupAffineShader): string {
	return wgsl`
		const THREADS = ${THREADS}u;
		const EPSILON = ${epsilon.toExponential()};

		${AFFINE_JOB.wgsl}
		${AFFINE_BINDINGS.wgsl}

		${halfWgsl(unpackKeepsSubnormals)}

		${WORKGROUP_TOTAL_WGSL}

		@compute @workgroup_size(THREADS)
		fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
			let base = (job.firstGroup + group.x) * job.entries;
			var sum = 0.0;
			for (var i = thread; i < job.entries; i += THREADS) { sum += moments[base + i].x * moments[base + i].z; }
			let mean = total(thread, sum) / f32(job.values);
			var squares = 0.0;
			for (var i = thread; i < job.entries; i += THREADS) {
				let deviation = moments[base + i].x - mean;
				squares += moments[base + i].y + moments[base + i].z * deviation * deviation;
			}
			let inverse = 1.0 / sqrt(total(thread, squares) / f32(job.values) + EPSILON);
			for (var i = thread; i < job.channelsPerGroup; i += THREADS) {
				let channel = (job.firstGroup + group.x) * job.channelsPerGroup + i;
				let scale = inverse * widen2(weight[channel >> 1u])[channel & 1u];
				affine[channel] = vec2f(scale, widen2(bias[channel >> 1u])[channel & 1u] - mean * scale);
			}
		}
	`;
}
