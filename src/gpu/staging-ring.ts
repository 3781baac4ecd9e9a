import type { GpuContext } from './gpu-context.ts';
import { sharesMemory } from './shares-memory.ts';

/** Reads `into.byteLength` bytes at `byteOffset`. */
export type ReadBytes = (byteOffset: number, into: Uint8Array) => Promise<void>;

interface Chunk {
	readonly buffer: GPUBuffer;
	/** The bytes at its start that it is or will be mapped for. */
	mappedBytes: number;
	/** Settles when the chunk is mapped again, that is, when its last copy has run. */
	mapped: Promise<unknown>;
}

/** 16 to 32 MB a chunk moves 5.6 GB/s; smaller ones pay per call, larger ones gain nothing. */
const MAX_CHUNK_BYTES = 32 * 2 ** 20;
/** There a chunk's copy takes the GPU process longer, and nobody draws meanwhile. */
const MAX_SHARED_CHUNK_BYTES = 8 * 2 ** 20;
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
 *
 * Only what will be filled is mapped: Chromium's GPU process copies all that was mapped when it is given back.
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
	constructor(
		context: GpuContext,
		bytes: number,
		maxChunkBytes = sharesMemory(context.adapterInfo) ? MAX_SHARED_CHUNK_BYTES : MAX_CHUNK_BYTES,
	) {
		this.#context = context;
		this.#chunkCount = Math.max(
			Math.ceil(bytes / maxChunkBytes),
			Math.max(1, Math.min(LEAST_CHUNKS, Math.floor(bytes / LEAST_CHUNK_BYTES))),
		);
		const multiples = Math.floor(bytes / this.#chunkCount / CHUNK_MULTIPLE_BYTES);
		this.#chunkBytes = Math.max(1, multiples) * CHUNK_MULTIPLE_BYTES;
	}

	/**
	 * Copies `byteLength` bytes (a multiple of 4) to the start of `target`; resolves when the last copy is submitted.
	 *
	 * @param nextByteLength of the upload to come, as far as it is known: chunks are mapped for it
	 */
	async upload(
		read: ReadBytes,
		byteLength: number,
		target: GPUBuffer,
		nextByteLength = Infinity,
	): Promise<void> {
		const { device, pace } = this.#context;
		const pieces = Math.ceil(byteLength / this.#chunkBytes);
		for (let piece = 0; piece < pieces; piece++) {
			const bytes = this.#pieceBytes(byteLength, piece);
			const chunk = this.#takeChunk();
			await this.#context.orLost(chunk.mapped);
			if (chunk.mappedBytes < bytes) {
				chunk.buffer.unmap();
				this.#map(chunk, bytes);
				await this.#context.orLost(chunk.mapped);
			}
			const offset = piece * this.#chunkBytes;
			await this.#fill(new Uint8Array(chunk.buffer.getMappedRange(0, bytes)), offset, read);
			this.#context.assertHealthy();
			chunk.buffer.unmap();
			const encoder = device.createCommandEncoder({ label: 'upload' });
			encoder.copyBufferToBuffer(chunk.buffer, 0, target, offset, bytes);
			this.#context.submit(encoder);
			const later = piece + this.#chunkCount;
			const nextBytes =
				later < pieces
					? this.#pieceBytes(byteLength, later)
					: this.#pieceBytes(nextByteLength, later - pieces);
			this.#map(chunk, nextBytes);
			chunk.mapped.then(
				() => pace.done(),
				() => undefined,
			);
		}
	}

	[Symbol.dispose](): void {
		for (const { buffer } of this.#chunks) buffer.destroy();
	}

	/** @throws what `read` throws, or the fault of a device that took the chunk's memory away meanwhile */
	async #fill(chunk: Uint8Array, offset: number, read: ReadBytes): Promise<void> {
		try {
			await read(offset, chunk);
		} catch (error) {
			if (chunk.byteLength === 0) await this.#context.orLost(new Promise(() => undefined));
			throw error;
		}
	}

	/** Of the upload's piece with this number; a whole chunk beyond its end. */
	#pieceBytes(byteLength: number, piece: number): number {
		const left = byteLength - piece * this.#chunkBytes;
		return left > 0 ? Math.min(left, this.#chunkBytes) : this.#chunkBytes;
	}

	#map(chunk: Chunk, bytes: number): void {
		// WebGPU maps multiples of 4 from multiples of 8.
		chunk.mappedBytes = Math.ceil(bytes / 4) * 4;
		chunk.mapped = chunk.buffer.mapAsync(GPUMapMode.WRITE, 0, chunk.mappedBytes);
		chunk.mapped.catch(() => undefined);
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
		return { buffer, mappedBytes: this.#chunkBytes, mapped: Promise.resolve() };
	}
}
