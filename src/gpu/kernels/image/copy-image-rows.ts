import {
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
	workOf,
} from '../dispatch/kernel-dispatch.ts';
import { Bindings, read, readWrite } from '../wgsl/bindings.ts';
import { jobLayout, u32 } from '../wgsl/job-layout.ts';
import { wgsl } from '../wgsl/wgsl.ts';
import { channelRange, type ImageBuffer, type Span, splitChannels } from './image-buffer.ts';

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
		wgsl: COPY_IMAGE_ROWS_WGSL,
		job: JOB.encode({
			...{ firstRow: rows.start, rows: rows.count, width },
			...{ inputRows: x.rows, outputRows: output.rows },
		}),
		bindings: BINDINGS.ranges({
			x: channelRange(x, width, range),
			y: channelRange(output, width, range),
		}),
		workgroups: [Math.ceil(pixels / THREADS), range.count, 1],
		flops: pixels * range.count,
		bytes: bytes * range.count,
	}));
}

const JOB = jobLayout(u32('firstRow', 'rows', 'width', 'inputRows', 'outputRows'));
const BINDINGS = new Bindings([
	read('x', 'f32', '[channels, inputRows, width]'),
	readWrite('y', 'f32', '[channels, outputRows, width]'),
]);

const COPY_IMAGE_ROWS_WGSL = wgsl`
	const THREADS = ${THREADS}u;

	${JOB.wgsl}
	${BINDINGS.wgsl}

	@compute @workgroup_size(THREADS)
	fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
		let pixel = group.x * THREADS + thread;
		if (pixel >= job.rows * job.width) { return; }
		let row = job.firstRow + pixel / job.width;
		let column = pixel % job.width;
		let place = (group.y * job.inputRows + row % job.inputRows) * job.width + column;
		y[(group.y * job.outputRows + row % job.outputRows) * job.width + column] = x[place];
	}
`;
