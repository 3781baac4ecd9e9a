import { channelRange, type ImageBuffer, type Span, splitChannels } from './image-buffer.ts';
import {
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
	workOf,
} from '../dispatch/kernel-dispatch.ts';

export interface CopyImageRowsArguments<Ref> {
	readonly label: string;
	readonly x: ImageBuffer<Ref>;
	readonly output: ImageBuffer<Ref>;
	readonly width: number;
	readonly channels: Span;
	readonly rows: Span;
}

const THREADS = 256;

/** Copies rows of an image, to keep them when the image is written over. @throws RangeError for channels that one binding cannot hold */
export function copyImageRows<Ref>(
	{ label, x, output, width, channels, rows }: CopyImageRowsArguments<Ref>,
	{ limits, maxDispatchFlops }: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const planes = [x.rows * width, output.rows * width];
	const pixels = rows.count * width;
	const bytes = 2 * F32_BYTES * pixels;
	const most = Math.floor(maxDispatchFlops / workOf(pixels, bytes));
	const maxBindingBytes = limits.maxStorageBufferBindingSize;
	return splitChannels(channels, planes, maxBindingBytes, most).map((range) => ({
		label,
		wgsl: WGSL,
		job: new Uint32Array([rows.start, rows.count, width, x.rows, output.rows, 0, 0, 0]),
		bindings: [channelRange(x, width, range), channelRange(output, width, range)],
		workgroups: [Math.ceil(pixels / THREADS), range.count, 1],
		flops: pixels * range.count,
		bytes: bytes * range.count,
	}));
}

const WGSL = `struct Job { firstRow: u32, rows: u32, width: u32, inputRows: u32, outputRows: u32, unused0: u32, unused1: u32, unused2: u32 }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [channels, inputRows, width]
@group(0) @binding(2) var<storage, read_write> y: array<f32>; // [channels, outputRows, width]

@compute @workgroup_size(${THREADS})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let pixel = group.x * ${THREADS}u + thread;
	if (pixel >= job.rows * job.width) { return; }
	let row = job.firstRow + pixel / job.width;
	let column = pixel % job.width;
	let place = (group.y * job.inputRows + row % job.inputRows) * job.width + column;
	y[(group.y * job.outputRows + row % job.outputRows) * job.width + column] = x[place];
}
`;
