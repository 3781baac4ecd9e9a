import { f32ByteLength } from './gpu-tensor.ts';
import type { CreateBuffer, SizedBuffer } from './sized-buffer.ts';

/** ORT wants the sizes of buffers it is given to be multiples of 16 bytes. */
const SIZE_MULTIPLE_BYTES = 16;

/** A float32 tensor at the start of a pool's buffer. */
export interface PooledTensor<Buffer extends SizedBuffer> {
	readonly buffer: Buffer;
	readonly shape: readonly number[];
}

/** Activation buffers of one component, reused by exact size; blocks ask for the same few sizes over and over. */
export class ActivationPool<Buffer extends SizedBuffer> implements Disposable {
	readonly #create: CreateBuffer<Buffer>;
	readonly #free = new Map<number, Buffer[]>();
	readonly #all = new Set<Buffer>();

	constructor(create: CreateBuffer<Buffer>) {
		this.#create = create;
	}

	acquire(shape: readonly number[]): PooledTensor<Buffer> {
		const size = Math.max(
			Math.ceil(f32ByteLength(shape) / SIZE_MULTIPLE_BYTES) * SIZE_MULTIPLE_BYTES,
			SIZE_MULTIPLE_BYTES,
		);
		const free = this.#free.get(size)?.pop();
		if (free !== undefined) return { buffer: free, shape };
		const buffer = this.#create(size);
		this.#all.add(buffer);
		return { buffer, shape };
	}

	/** A tensor for each shape; tensors that are given stay as they are. */
	acquireAll<Name extends string>(
		outputs: Readonly<Record<Name, readonly number[] | PooledTensor<Buffer>>>,
	): Readonly<Record<Name, PooledTensor<Buffer>>> {
		const given = Object.entries<readonly number[] | PooledTensor<Buffer>>(outputs);
		const tensors = given.map(([name, output]) => [
			name,
			'buffer' in output ? output : this.acquire(output),
		]);
		return Object.fromEntries(tensors) as Readonly<Record<Name, PooledTensor<Buffer>>>;
	}

	/** For the rows of `first`, then those of `second`. Both: [rows, columns]. */
	acquireJoined(
		{ shape: [firstRows = 0, columns = 0] }: PooledTensor<Buffer>,
		{ shape: [secondRows = 0] }: PooledTensor<Buffer>,
	): PooledTensor<Buffer> {
		return this.acquire([firstRows + secondRows, columns]);
	}

	/** Gives a tensor's buffer to the next `acquire`; work already submitted still sees the old values. */
	release(tensor: PooledTensor<Buffer>): void {
		const { buffer } = tensor;
		const free = this.#freeBeside(buffer);
		free.push(buffer);
		this.#free.set(buffer.size, free);
	}

	/** Gives a tensor's memory back to the device. */
	discard(tensor: PooledTensor<Buffer>): void {
		this.#freeBeside(tensor.buffer);
		this.#all.delete(tensor.buffer);
		tensor.buffer.destroy();
	}

	[Symbol.dispose](): void {
		for (const buffer of this.#all) buffer.destroy();
		this.#all.clear();
		this.#free.clear();
	}

	/** The free buffers of the size of one that is in use. */
	#freeBeside(buffer: Buffer): Buffer[] {
		if (!this.#all.has(buffer)) throw new RangeError('The tensor is not of this pool');
		const free = this.#free.get(buffer.size) ?? [];
		if (free.includes(buffer)) throw new RangeError('The tensor was released twice');
		return free;
	}
}
