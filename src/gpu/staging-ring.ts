import type { GpuContext } from './gpu-context.ts';

/** Reads `into.byteLength` bytes at `byteOffset`. */
export type ReadBytes = (byteOffset: number, into: Uint8Array) => Promise<void>;

interface Chunk {
	readonly buffer: GPUBuffer;
	/** Settles when the chunk is mapped again, that is, when its last copy has run. */
	mapped: Promise<unknown>;
}

/** 16 to 32 MB a chunk moves 5.6 GB/s; smaller ones pay per call, larger ones gain nothing. */
const MAX_CHUNK_BYTES = 32 * 2 ** 20;
const CHUNK_MULTIPLE_BYTES = 256;

/**
 * Reused upload buffers, together as large as the largest block.
 *
 * WebGPU has one queue: a chunk can be mapped again only after its copy has run, and that copy waits
 * for the compute submitted before it. A ring smaller than a block therefore stalls until the running
 * block ends and hides nothing (140 ms against 93 ms of compute); one as large as a block hides all
 * but the GPU-side copy (100 ms).
 */
export class StagingRing implements Disposable {
	readonly #context: GpuContext;
	readonly #chunkBytes: number;
	readonly #chunks: readonly Chunk[];
	#next = 0;

	constructor(context: GpuContext, largestBlockBytes: number) {
		this.#context = context;
		const rounded = Math.ceil(largestBlockBytes / CHUNK_MULTIPLE_BYTES) * CHUNK_MULTIPLE_BYTES;
		this.#chunkBytes = Math.max(CHUNK_MULTIPLE_BYTES, Math.min(MAX_CHUNK_BYTES, rounded));
		const count = Math.max(1, Math.ceil(largestBlockBytes / this.#chunkBytes));
		this.#chunks = Array.from({ length: count }, () => ({
			buffer: context.createBuffer('staging', {
				label: 'staging',
				size: this.#chunkBytes,
				usage: GPUBufferUsage.MAP_WRITE | GPUBufferUsage.COPY_SRC,
				mappedAtCreation: true,
			}),
			mapped: Promise.resolve(),
		}));
	}

	/** Copies `byteLength` bytes (a multiple of 4) to the start of `target`; resolves when the last copy is submitted. */
	async upload(read: ReadBytes, byteLength: number, target: GPUBuffer): Promise<void> {
		const { device } = this.#context;
		for (let offset = 0; offset < byteLength; offset += this.#chunkBytes) {
			const bytes = Math.min(this.#chunkBytes, byteLength - offset);
			const chunk = this.#takeChunk();
			await this.#context.orLost(chunk.mapped);
			await read(offset, new Uint8Array(chunk.buffer.getMappedRange(0, bytes)));
			this.#context.assertHealthy();
			chunk.buffer.unmap();
			const encoder = device.createCommandEncoder({ label: 'upload' });
			encoder.copyBufferToBuffer(chunk.buffer, 0, target, offset, bytes);
			device.queue.submit([encoder.finish()]);
			chunk.mapped = chunk.buffer.mapAsync(GPUMapMode.WRITE);
			chunk.mapped.catch(() => undefined);
		}
	}

	[Symbol.dispose](): void {
		for (const { buffer } of this.#chunks) buffer.destroy();
	}

	#takeChunk(): Chunk {
		const chunk = this.#chunks[this.#next];
		if (chunk === undefined) throw new RangeError('The staging ring is empty');
		this.#next = (this.#next + 1) % this.#chunks.length;
		return chunk;
	}
}
