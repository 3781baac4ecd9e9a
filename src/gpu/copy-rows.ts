import { ShapeError } from './errors.ts';
import type { GpuContext } from './gpu-context.ts';
import { f32ByteLength, type GpuTensor } from './gpu-tensor.ts';

/** Copies the rows of `sources` one after the other into `target`. All are [rows, columns]. @throws ShapeError */
export function copyRows(
	context: GpuContext,
	sources: readonly GpuTensor[],
	target: GpuTensor,
): void {
	const sourceBytes = sources.reduce((sum, source) => sum + f32ByteLength(source.shape), 0);
	if (sourceBytes !== f32ByteLength(target.shape)) {
		throw new ShapeError(`${sourceBytes} bytes of rows do not make [${target.shape.join(', ')}]`);
	}
	const encoder = context.device.createCommandEncoder({ label: 'copy-rows' });
	let byteOffset = 0;
	for (const source of sources) {
		const bytes = f32ByteLength(source.shape);
		encoder.copyBufferToBuffer(source.buffer, 0, target.buffer, byteOffset, bytes);
		byteOffset += bytes;
	}
	context.submit(encoder);
}
