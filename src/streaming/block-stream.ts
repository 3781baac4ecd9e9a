import type { BlockWeights } from '../gpu/block-engine.ts';
import type { GpuContext } from '../gpu/gpu-context.ts';
import { StagingRing } from '../gpu/staging-ring.ts';
import type { ShardRecord } from '../store/model-manifest.ts';
import type { ShardStore } from '../store/shard-store.ts';
import type { ResidencyPlan } from './residency-plan.ts';

export interface StreamedBlock {
	readonly id: string;
	readonly shard: ShardRecord;
	/** Of adapters; they lie behind the shard, wherever that is. */
	readonly factors?: StreamedFactors;
}

/** What is streamed together with a block. */
export interface StreamedFactors {
	/** Byte ranges of `read`'s bytes. */
	readonly tensors: BlockWeights['tensors'];
	readonly byteLength: number;
	read(): Promise<Uint8Array>;
}

/** Of a block on the GPU. */
export function streamedBytes({ shard, factors }: StreamedBlock): number {
	return shard.byteLength + (factors?.byteLength ?? 0);
}

function tensorsOf({ shard, factors }: StreamedBlock): BlockWeights['tensors'] {
	const behind = [...(factors?.tensors ?? [])].map(
		([name, { byteOffset, byteLength }]) =>
			[name, { byteOffset: shard.byteLength + byteOffset, byteLength }] as const,
	);
	return new Map([...shard.tensors.map((tensor) => [tensor.name, tensor] as const), ...behind]);
}

export interface BlockStreamOptions {
	readonly context: GpuContext;
	readonly store: Pick<ShardStore, 'open'>;
	readonly modelId: string;
	/**
	 * Every block in the order it will be asked for, repeats included. One that is asked for several times
	 * in a row is read once.
	 */
	readonly order: readonly StreamedBlock[];
	readonly plan: ResidencyPlan;
	/** Of a staging buffer at most; for the bench. */
	readonly maxChunkBytes?: number;
}

/**
 * Brings blocks' weights to the GPU in a known order, ahead of the block that computes.
 *
 * Two slots suffice: a block is copied into the slot of the streamed block before the last, and the queue
 * runs the copy after that block's work, because that was submitted before. So reading runs ahead over
 * pinned blocks until both slots are taken, and nothing waits for the GPU but the staging ring.
 */
export class BlockStream implements AsyncDisposable {
	readonly #options: BlockStreamOptions;
	/** Created lazily, as all buffers here, so that a failed allocation rejects the waiting `next()`. */
	readonly #slots: GPUBuffer[] = [];
	readonly #pinned = new Map<string, BlockWeights>();
	readonly #ring: StagingRing;
	readonly #ready: readonly PromiseWithResolvers<BlockWeights>[];
	/** The place in the order that last took each slot. */
	readonly #slotOwners: number[] = [];
	readonly #loading: Promise<void>;
	/** What was streamed last, and the slot that it is in. */
	#last: { readonly slot: number; readonly weights: BlockWeights } | undefined;
	#position = 0;
	#bytesRead = 0;
	#streamedCount = 0;
	#advanced = Promise.withResolvers<void>();
	#disposed = false;

	constructor(options: BlockStreamOptions) {
		this.#options = options;
		const { context, order, plan } = options;
		this.#ring = new StagingRing(context, plan.stagingBytes, options.maxChunkBytes);
		this.#ready = order.map(() => {
			const ready = Promise.withResolvers<BlockWeights>();
			// `next` passes a failure on; until it is called, that must not count as unhandled.
			ready.promise.catch(() => undefined);
			return ready;
		});
		this.#loading = this.#loadAll();
	}

	/** Blocks that have not been asked for yet. */
	get remaining(): number {
		return this.#options.order.length - this.#position;
	}

	get bytesRead(): number {
		return this.#bytesRead;
	}

	/**
	 * The weights of the next block, valid for work that is submitted before the next call.
	 *
	 * @throws RangeError if `id` is not the block announced for this place in the order
	 */
	async next(id: string): Promise<BlockWeights> {
		const position = this.#position;
		const block = this.#options.order[position];
		const ready = this.#ready[position];
		if (block?.id !== id || ready === undefined) {
			throw new RangeError(`Block ${id} was asked for where ${block?.id ?? 'none'} was announced`);
		}
		this.#position++;
		// The block before has been submitted: its slot may be written to by later copies.
		this.#advanced.resolve();
		return ready.promise;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		this.#disposed = true;
		this.#advanced.resolve();
		await this.#loading;
		for (const buffer of this.#slots) buffer.destroy();
		for (const { buffer } of this.#pinned.values()) buffer.destroy();
		this.#ring[Symbol.dispose]();
	}

	/** Loads block after block; the first failure rejects every `next()` that waits, then and later. */
	async #loadAll(): Promise<void> {
		try {
			for (const [position, ready] of this.#ready.entries()) {
				const weights = await this.#load(position);
				if (weights === undefined) return;
				ready.resolve(weights);
			}
		} catch (error) {
			for (const ready of this.#ready) ready.reject(error);
		}
	}

	/** Undefined if the stream was disposed meanwhile. */
	async #load(position: number): Promise<BlockWeights | undefined> {
		const block = this.#options.order[position];
		if (block === undefined) throw new RangeError(`No block was announced for place ${position}`);
		const { id } = block;
		const resident = this.#pinned.get(id);
		if (resident !== undefined) return resident;
		const tensors = tensorsOf(block);
		if (this.#options.plan.pinned.has(id)) {
			const buffer = this.#createWeightBuffer(id, streamedBytes(block));
			const weights = { buffer, tensors };
			this.#pinned.set(id, weights);
			return (await this.#upload(position, block, buffer)) ? weights : undefined;
		}
		if (this.#last !== undefined && this.#options.order[position - 1]?.id === id) {
			// Its slot is given up only after the last repeat.
			this.#slotOwners[this.#last.slot] = position;
			return this.#last.weights;
		}
		const slot = await this.#nextSlot(position);
		if (slot === undefined) return undefined;
		const buffer = (this.#slots[slot] ??= this.#createSlot(slot));
		if (!(await this.#upload(position, block, buffer))) return undefined;
		const weights = { buffer, tensors };
		this.#last = { slot, weights };
		return weights;
	}

	/** The slot for a streamed block, once the work of the block that had it before is submitted. */
	async #nextSlot(position: number): Promise<number | undefined> {
		const { slotCount } = this.#options.plan;
		if (slotCount === 0) throw new RangeError('The plan has no slot for a streamed block');
		const index = this.#streamedCount % slotCount;
		const owner = this.#slotOwners[index];
		while (owner !== undefined && this.#position <= owner + 1) {
			if (this.#disposed) return undefined;
			this.#advanced = Promise.withResolvers<void>();
			await this.#advanced.promise;
		}
		this.#slotOwners[index] = position;
		this.#streamedCount++;
		return index;
	}

	#createSlot(index: number): GPUBuffer {
		return this.#createWeightBuffer(`slot ${index}`, this.#options.plan.slotBytes);
	}

	/** False if the stream was disposed meanwhile. */
	async #upload(position: number, block: StreamedBlock, target: GPUBuffer): Promise<boolean> {
		if (this.#disposed) return false;
		const { shard, factors } = block;
		const reader = await this.#options.store.open(this.#options.modelId, shard);
		try {
			const behind = await factors?.read();
			await this.#ring.upload(
				async (offset, into) => {
					const own = into.subarray(0, Math.max(0, shard.byteLength - offset));
					if (own.byteLength > 0) {
						this.#bytesRead += own.byteLength;
						await reader.read(offset, own);
					}
					const start = Math.max(0, offset - shard.byteLength);
					const rest = into.byteLength - own.byteLength;
					if (behind !== undefined) into.set(behind.subarray(start, start + rest), own.byteLength);
				},
				streamedBytes(block),
				target,
				this.#nextUploadBytes(position),
			);
		} finally {
			reader.close();
		}
		return !this.#disposed;
	}

	/** Of the block that is read after this place; undefined where none is. */
	#nextUploadBytes(position: number): number | undefined {
		const { order } = this.#options;
		for (let next = position + 1; next < order.length; next++) {
			const block = order[next];
			if (block === undefined) return undefined;
			const isRepeated = block.id === order[next - 1]?.id;
			if (!isRepeated && !this.#pinned.has(block.id)) return streamedBytes(block);
		}
		return undefined;
	}

	#createWeightBuffer(label: string, size: number): GPUBuffer {
		return this.#options.context.createBuffer('weights', {
			label: `weights ${label}`,
			size,
			usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
		});
	}
}
