import type { BlockWeights } from '../gpu/block-engine.ts';
import type { GpuContext } from '../gpu/gpu-context.ts';
import { StagingRing } from '../gpu/staging-ring.ts';
import type { ShardRecord } from '../store/model-manifest.ts';
import type { ShardStore } from '../store/shard-store.ts';
import { planResidency, type ResidencyPlan } from './residency-plan.ts';

export interface StreamedBlock {
	readonly id: string;
	readonly shard: ShardRecord;
}

export interface BlockStreamOptions {
	readonly context: GpuContext;
	readonly store: ShardStore;
	readonly modelId: string;
	/** Every block in the order it will be asked for, repeats included. */
	readonly order: readonly StreamedBlock[];
	/** GPU memory allowed for weights; see `planResidency`. */
	readonly weightBytes: number;
}

/**
 * Brings blocks' weights to the GPU in a known order, one ahead of the block that computes.
 *
 * Two slots suffice: block i+1 is copied into the slot that block i-1 used, and the queue runs the
 * copy after block i-1's work because that was submitted before. Nothing waits for the GPU but the
 * staging ring.
 */
export class BlockStream implements AsyncDisposable {
	readonly plan: ResidencyPlan;
	readonly #options: BlockStreamOptions;
	readonly #slots: readonly GPUBuffer[];
	readonly #pinned = new Map<string, GPUBuffer>();
	readonly #ring: StagingRing;
	#position = 0;
	#streamedCount = 0;
	#bytesRead = 0;
	#loading: Promise<BlockWeights> | undefined;

	constructor(options: BlockStreamOptions) {
		this.#options = options;
		const distinct = new Map(options.order.map((block) => [block.id, block]));
		const blocks = [...distinct.values()].map(({ id, shard }) => ({ id, bytes: shard.byteLength }));
		this.plan = planResidency(blocks, options.weightBytes);
		this.#slots = Array.from({ length: this.plan.slotCount }, (_, index) =>
			this.#createWeightBuffer(`slot ${index}`, this.plan.slotBytes),
		);
		const largestBytes = blocks.reduce((largest, block) => Math.max(largest, block.bytes), 0);
		this.#ring = new StagingRing(options.context, largestBytes);
	}

	get bytesRead(): number {
		return this.#bytesRead;
	}

	/**
	 * The weights of the next block, valid until the next call; starts to load the one after.
	 *
	 * @throws RangeError if `id` is not the block announced for this place in the order
	 */
	async next(id: string): Promise<BlockWeights> {
		const block = this.#options.order[this.#position];
		if (block?.id !== id) {
			throw new RangeError(`Block ${id} was asked for where ${block?.id ?? 'none'} was announced`);
		}
		const weights = await (this.#loading ?? this.#load(block));
		this.#position++;
		const following = this.#options.order[this.#position];
		this.#loading = following === undefined ? undefined : this.#load(following);
		// Whoever awaits it hears of a failure; until then it must not count as unhandled.
		this.#loading?.catch(() => undefined);
		return weights;
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.#loading?.catch(() => undefined);
		for (const buffer of [...this.#slots, ...this.#pinned.values()]) buffer.destroy();
		this.#ring[Symbol.dispose]();
	}

	async #load({ id, shard }: StreamedBlock): Promise<BlockWeights> {
		const tensors = new Map(shard.tensors.map((tensor) => [tensor.name, tensor]));
		const resident = this.#pinned.get(id);
		if (resident !== undefined) return { buffer: resident, tensors };
		const buffer = this.plan.pinned.has(id)
			? this.#createWeightBuffer(id, shard.byteLength)
			: this.#takeSlot();
		try {
			await this.#upload(shard, buffer);
		} catch (error) {
			if (this.plan.pinned.has(id)) buffer.destroy();
			throw error;
		}
		if (this.plan.pinned.has(id)) this.#pinned.set(id, buffer);
		return { buffer, tensors };
	}

	async #upload(shard: ShardRecord, target: GPUBuffer): Promise<void> {
		const reader = await this.#options.store.open(this.#options.modelId, shard);
		try {
			await this.#ring.upload(
				(offset, into) => {
					this.#bytesRead += into.byteLength;
					return reader.read(offset, into);
				},
				shard.byteLength,
				target,
			);
		} finally {
			reader.close();
		}
	}

	#takeSlot(): GPUBuffer {
		const slot = this.#slots[this.#streamedCount % this.#slots.length];
		if (slot === undefined) throw new RangeError('The plan has no slot for a streamed block');
		this.#streamedCount++;
		return slot;
	}

	#createWeightBuffer(label: string, size: number): GPUBuffer {
		return this.#options.context.createBuffer('weights', {
			label: `weights ${label}`,
			size,
			usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
		});
	}
}
