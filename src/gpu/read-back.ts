import type { GpuContext } from './gpu-context.ts';

/**
 * Copies bytes of a buffer to the CPU, after all work submitted before.
 *
 * @param byteOffset a multiple of 4
 */
export async function readBack(
	context: GpuContext,
	source: GPUBuffer,
	byteLength: number,
	byteOffset = 0,
): Promise<ArrayBuffer> {
	const { device } = context;
	const size = Math.ceil(byteLength / 4) * 4;
	const target = context.createBuffer('staging', {
		label: 'read-back',
		size,
		usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
	});
	try {
		const encoder = device.createCommandEncoder({ label: 'read-back' });
		encoder.copyBufferToBuffer(source, byteOffset, target, 0, size);
		device.queue.submit([encoder.finish()]);
		await context.orLost(target.mapAsync(GPUMapMode.READ));
		return target.getMappedRange(0, size).slice(0, byteLength);
	} finally {
		target.destroy();
	}
}
