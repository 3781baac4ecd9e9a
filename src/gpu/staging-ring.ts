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
/** Fewer leave nothing to fill while the others are copied. */
const LEAST_CHUNKS = 4;
const LEAST_CHUNK_BYTES = 2 ** 20;

/**
 * Reused upload buffers, best together as large as the largest block.
 *
 * WebGPU has one queue: a chunk can be mapped again only after its copy has run, and that copy waits
 * for the compute submitted before it. A ring smaller than a block therefore stalls until the running
 * block ends and hides nothing (140 ms against 93 ms of compute); one as large as a block hides all
 * but the GPU-side copy (100 ms).
 */
export class StagingRing implements Disposable {
	readonly #context: GpuContext;
	readonly #chunkBytes: number;
	readonly #chunkCount: number;
	/** Made when first used. */
	readonly #chunks: Chunk[] = [];
	#next = 0;

	/**
	 * @param bytes of all chunks together; a multiple of 256, else up to 255 bytes more are taken
	 * @param maxChunkBytes for the bench
	 */
	constructor(context: GpuContext, bytes: number, maxChunkBytes = MAX_CHUNK_BYTES) {
		this.#context = context;
		this.#chunkCount = Math.max(
			Math.ceil(bytes / maxChunkBytes),
			Math.max(1, Math.min(LEAST_CHUNKS, Math.floor(bytes / LEAST_CHUNK_BYTES))),
		);
		const multiples = Math.floor(bytes / this.#chunkCount / CHUNK_MULTIPLE_BYTES);
		this.#chunkBytes = Math.max(1, multiples) * CHUNK_MULTIPLE_BYTES;
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
		const chunk = (this.#chunks[this.#next] ??= this.#createChunk());
		this.#next = (this.#next + 1) % this.#chunkCount;
		return chunk;
	}

	#createChunk(): Chunk {
		const buffer = this.#context.createBuffer('staging', {
			label: 'staging',
			size: this.#chunkBytes,
			usage: GPUBufferUsage.MAP_WRITE | GPUBufferUsage.COPY_SRC,
			mappedAtCreation: true,
		});
		return { buffer, mapped: Promise.resolve() };
	}
}
