import type { GpuContext } from './gpu-context.ts';
import { f32ByteLength, type GpuTensor } from './gpu-tensor.ts';

/** ORT wants the sizes of buffers it is given to be multiples of 16 bytes. */
const SIZE_MULTIPLE_BYTES = 16;

/** Activation buffers of one component, reused by exact size; blocks ask for the same few sizes over and over. */
export class ActivationPool implements Disposable {
	readonly #context: GpuContext;
	readonly #free = new Map<number, GPUBuffer[]>();
	readonly #all = new Set<GPUBuffer>();

	constructor(context: GpuContext) {
		this.#context = context;
	}

	acquire(shape: readonly number[]): GpuTensor {
		const size = Math.max(
			Math.ceil(f32ByteLength(shape) / SIZE_MULTIPLE_BYTES) * SIZE_MULTIPLE_BYTES,
			SIZE_MULTIPLE_BYTES,
		);
		const buffer = this.#free.get(size)?.pop() ?? this.#create(size);
		return { buffer, shape };
	}

	/** Gives a tensor's buffer to the next `acquire`; work already submitted still sees the old values. */
	release(tensor: GpuTensor): void {
		const { buffer } = tensor;
		if (!this.#all.has(buffer)) throw new RangeError('The tensor is not of this pool');
		const free = this.#free.get(buffer.size) ?? [];
		if (free.includes(buffer)) throw new RangeError('The tensor was released twice');
		free.push(buffer);
		this.#free.set(buffer.size, free);
	}

	[Symbol.dispose](): void {
		for (const buffer of this.#all) buffer.destroy();
		this.#all.clear();
		this.#free.clear();
	}

	#create(size: number): GPUBuffer {
		const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
		const buffer = this.#context.createBuffer('activations', { label: 'activation', size, usage });
		this.#all.add(buffer);
		return buffer;
	}
}
