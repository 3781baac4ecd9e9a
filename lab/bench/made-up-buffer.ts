import type { GpuContext } from '../../src/gpu/gpu-context.ts';

const PATTERN_BYTES = 4 * 2 ** 20;

/** f32 values between -1 and 1 on the GPU, a pattern of 4 MB over and over. */
export function madeUpActivation(context: GpuContext, elements: number): GPUBuffer {
	const values = new Float32Array(PATTERN_BYTES / 4);
	for (let i = 0; i < values.length; i++) values[i] = 2 * Math.random() - 1;
	return filled(context, elements * 4, new Uint8Array(values.buffer));
}

/** FP16 values between about -0.06 and 0.06 on the GPU, a pattern of 4 MB over and over. */
export function madeUpWeights(context: GpuContext, byteLength: number): GPUBuffer {
	const halves = new Uint16Array(PATTERN_BYTES / 2);
	for (let i = 0; i < halves.length; i++) {
		const sign = Math.random() < 0.5 ? 0x8000 : 0;
		halves[i] = sign | (0x2000 + Math.floor(Math.random() * 0x0c00));
	}
	return filled(context, byteLength, new Uint8Array(halves.buffer));
}

function filled(
	context: GpuContext,
	byteLength: number,
	pattern: Uint8Array<ArrayBuffer>,
): GPUBuffer {
	const size = Math.ceil(byteLength / 256) * 256;
	const buffer = context.createBuffer('activations', {
		label: 'bench',
		size,
		usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
	});
	for (let offset = 0; offset < size; offset += pattern.byteLength) {
		const bytes = Math.min(pattern.byteLength, size - offset);
		context.device.queue.writeBuffer(buffer, offset, pattern, 0, bytes);
	}
	return buffer;
}
