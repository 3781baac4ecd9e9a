import type { GpuContext } from './gpu-context.ts';

/** Copies the first `byteLength` bytes of a buffer to the CPU, after all work submitted before. */
export async function readBack(
	context: GpuContext,
	source: GPUBuffer,
	byteLength: number,
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
		encoder.copyBufferToBuffer(source, 0, target, 0, size);
		device.queue.submit([encoder.finish()]);
		await context.orLost(target.mapAsync(GPUMapMode.READ));
		return target.getMappedRange(0, size).slice(0, byteLength);
	} finally {
		target.destroy();
	}
}
