import { GpuDroppedWorkError } from './errors.ts';
import type { GpuContext } from './gpu-context.ts';
import { SubmitTally } from './submit-tally.ts';

/**
 * Copies bytes of a buffer to the CPU, after all work submitted before.
 *
 * @param byteOffset a multiple of 4
 * @throws GpuDroppedWorkError if some of that work, or the copy, never ran; submits are half as long from then on
 */
export async function readBack(
	context: GpuContext,
	source: GPUBuffer,
	byteLength: number,
	byteOffset = 0,
): Promise<ArrayBuffer> {
	const { device, tally } = context;
	const size = Math.ceil(byteLength / 4) * 4;
	const target = context.createBuffer('staging', {
		label: 'read-back',
		size: size + SubmitTally.countBytes,
		usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
	});
	try {
		const encoder = device.createCommandEncoder({ label: 'read-back' });
		encoder.copyBufferToBuffer(source, byteOffset, target, 0, size);
		const expected = tally.copyTo(encoder, target, size);
		device.queue.submit([encoder.finish()]);
		await context.orLost(target.mapAsync(GPUMapMode.READ));
		const bytes = target.getMappedRange();
		const [counted = 0] = new Uint32Array(bytes, size, 1);
		if (counted === expected) return bytes.slice(0, byteLength);
		// Zero: it was the copy itself that never ran.
		if (counted > 0) tally.forgive(expected - counted);
		context.pace.halveSubmits();
		throw await context.causeOf(new GpuDroppedWorkError());
	} finally {
		target.destroy();
	}
}
