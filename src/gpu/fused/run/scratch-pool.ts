import type { CreateBuffer, SizedBuffer } from '../../sized-buffer.ts';

const SIZE_MULTIPLE_BYTES = 16;
/** Made beside what is there: a few vectors are no reason to free a block's matrices. */
const SMALL_BYTES = 2 ** 20;

/**
 * Buffers for what is computed and read within one block. The queue runs blocks one after another, so
 * all of them write to the same few buffers.
 */
export class ScratchPool<Buffer extends SizedBuffer> {
	readonly #createBuffer: CreateBuffer<Buffer>;
	#buffers: readonly Buffer[] = [];

	constructor(createBuffer: CreateBuffer<Buffer>) {
		this.#createBuffer = createBuffer;
	}

	/** Buffers of at least the sizes asked for, in their order. What they held is lost. */
	acquire(sizes: readonly number[]): readonly Buffer[] {
		const unused = [...this.#buffers].sort((a, b) => a.size - b.size);
		const chosen = new Map<number, Buffer>();
		// The largest first, so that each finds the smallest buffer that holds it.
		const order = sizes.map((bytes, slot) => ({ bytes, slot })).sort((a, b) => b.bytes - a.bytes);
		const missing: { readonly bytes: number; readonly slot: number }[] = [];
		for (const { bytes, slot } of order) {
			const at = unused.findIndex((buffer) => buffer.size >= bytes && buffer.size <= 2 * bytes);
			const [buffer] = at < 0 ? [] : unused.splice(at, 1);
			if (buffer === undefined) missing.push({ bytes, slot });
			else chosen.set(slot, buffer);
		}
		const missingBytes = missing.reduce((sum, { bytes }) => sum + bytes, 0);
		// Freed before others are made: a plan of other extents must not hold both.
		const outdated = missingBytes > SMALL_BYTES ? unused : [];
		for (const buffer of outdated) buffer.destroy();
		this.#buffers = this.#buffers.filter((buffer) => !outdated.includes(buffer));
		for (const { bytes, slot } of missing) {
			const buffer = this.#create(bytes);
			// At once: the next may be one too many.
			this.#buffers = [...this.#buffers, buffer];
			chosen.set(slot, buffer);
		}
		return sizes.map((_, slot) => {
			const buffer = chosen.get(slot);
			if (buffer === undefined) throw new RangeError(`Scratch slot ${slot} has no buffer`);
			return buffer;
		});
	}

	/** Frees all; the next `acquire` makes them again. */
	release(): void {
		for (const buffer of this.#buffers) buffer.destroy();
		this.#buffers = [];
	}

	#create(bytes: number): Buffer {
		return this.#createBuffer(scratchBufferBytes(bytes));
	}
}

/** Of a new buffer for a value of so many bytes. */
export function scratchBufferBytes(bytes: number): number {
	return Math.max(1, Math.ceil(bytes / SIZE_MULTIPLE_BYTES)) * SIZE_MULTIPLE_BYTES;
}
