/** A float32 tensor at the start of a buffer, which may be longer than the tensor. */
export interface GpuTensor {
	readonly buffer: GPUBuffer;
	readonly shape: readonly number[];
}

export type GpuTensors = Readonly<Record<string, GpuTensor>>;

export function elementCount(shape: readonly number[]): number {
	return shape.reduce((product, extent) => product * extent, 1);
}

export function f32ByteLength(shape: readonly number[]): number {
	return elementCount(shape) * Float32Array.BYTES_PER_ELEMENT;
}
