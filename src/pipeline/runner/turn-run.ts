import { type Block, blockKey } from '../../families/parts/block.ts';
import type { BlockRunner, HeldWeights, RunOptions } from '../../families/parts/block-runner.ts';
import { ActivationPool } from '../../gpu/activation-pool.ts';
import type { BlockWeights } from '../../gpu/block-engine.ts';
import { copyRows } from '../../gpu/copy-rows.ts';
import type { GpuContext } from '../../gpu/gpu-context.ts';
import { f32ByteLength, type GpuTensor } from '../../gpu/gpu-tensor.ts';
import { NonFiniteCheck } from '../../gpu/non-finite-check.ts';
import { readBack } from '../../gpu/read-back.ts';
import { abortable } from '../../gpu/abortable.ts';
import type { ShardRecord } from '../../store/model-manifest.ts';
import type { ShardStore } from '../../store/shard-store.ts';
import { BlockStream, streamedBytes, type StreamedBlock } from '../../streaming/block-stream.ts';
import { planResidency } from '../../streaming/residency-plan.ts';
import type { PictureAdapters } from '../adapters/adapter-set.ts';
import type { BlockSide } from '../adapters/adapt-block.ts';
import type { ModelGraphs } from './model-graphs.ts';
import { readRows } from './read-rows.ts';
import { NonFiniteError } from '../errors.ts';

/** Hears every value that golden files know by name. */
export type ValueObserver = (name: string, values: Float32Array, shape: readonly number[]) => void;

export interface TurnRunOptions {
	readonly context: GpuContext;
	readonly store: Pick<ShardStore, 'open'>;
	readonly modelId: string;
	readonly graphs: ModelGraphs;
	/** @throws RangeError for a block that is not installed */
	readonly shard: (block: Block) => ShardRecord;
	/** Every block in the order that the body runs it, repeats included. */
	readonly order: readonly Block[];
	/** GPU memory for weights and their staging; the least that works is taken even if it is more. */
	readonly weightBytes: number;
	readonly adapters?: PictureAdapters | undefined;
	readonly signal?: AbortSignal;
	readonly onBlock?: (block: Block, run: TurnRun) => void;
	readonly observer?: ValueObserver;
}

interface HeldBuffer extends HeldWeights {
	readonly weights: BlockWeights;
}

/** Shards are padded to this. */
const HELD_MULTIPLE_BYTES = 256;

/** One turn on the GPU: owns its weights in flight and its activations, and gives all of it back at the end. */
export class TurnRun implements BlockRunner {
	readonly #options: TurnRunOptions;
	#stream: BlockStream;
	#pool: ActivationPool<GPUBuffer>;
	#nonFinite: NonFiniteCheck;
	readonly #held = new Set<GPUBuffer>();
	/** What depends on the strengths of adapters, by block. */
	readonly #gains = new Map<string, BlockWeights>();
	#previousBlockDone: Promise<void> = Promise.resolve();
	/** By streams that a restart gave up. */
	#bytesReadBefore = 0;

	private constructor(options: TurnRunOptions) {
		this.#options = options;
		this.#pool = new ActivationPool((size) => createActivation(options.context, size));
		this.#nonFinite = new NonFiniteCheck(options.context, options.order.length);
		this.#stream = this.#openStream(options.order);
	}

	/** Runs `body`, then frees everything on the GPU whatever happened. */
	static async with<Result>(
		options: TurnRunOptions,
		body: (run: TurnRun) => Promise<Result>,
	): Promise<Result> {
		const run = new TurnRun(options);
		try {
			return await body(run);
		} catch (error) {
			throw await options.context.causeOf(error);
		} finally {
			await run.#dispose();
		}
	}

	get observing(): boolean {
		return this.#options.observer !== undefined;
	}

	/** Blocks that have not run yet. */
	get remaining(): number {
		return this.#stream.remaining;
	}

	/** Bytes read from the store in this run. */
	get bytesRead(): number {
		return this.#bytesReadBefore + this.#stream.bytesRead;
	}

	rows(block: Block, tensor: string, indices: Int32Array): Promise<Float32Array<ArrayBuffer>> {
		const { store, modelId, shard } = this.#options;
		return readRows(store, modelId, shard(block), tensor, indices);
	}

	upload(values: Float32Array<ArrayBuffer>, shape: readonly number[]): GpuTensor {
		const tensor = this.#pool.acquire(shape);
		this.#options.context.device.queue.writeBuffer(tensor.buffer, 0, values);
		return tensor;
	}

	async download(tensor: GpuTensor): Promise<Float32Array<ArrayBuffer>> {
		const byteLength = f32ByteLength(tensor.shape);
		return new Float32Array(await readBack(this.#options.context, tensor.buffer, byteLength));
	}

	async run<OutputName extends string>(
		block: Block,
		inputs: Readonly<Record<string, GpuTensor>>,
		outputs: Readonly<Record<OutputName, readonly number[] | GpuTensor>>,
		{ beside, ...limits }: RunOptions & { readonly beside?: HeldBuffer } = {},
	): Promise<Readonly<Record<OutputName, GpuTensor>>> {
		const { context, graphs, signal, onBlock } = this.#options;
		signal?.throwIfAborted();
		context.assertHealthy();
		const { component, kind } = block;
		const side = graphs.sideOf(block, this.#options.adapters?.set);
		const graph = await graphs.get({ component, kind, side });
		const own = await abortable(this.#stream.next(blockKey(block)), signal);
		const weights = chained([own, this.#gainsOf(block, side), beside?.weights]);
		const tensors = this.#pool.acquireAll(outputs);
		await graph.run(weights, inputs, tensors, limits, signal);
		const [result] = Object.values<GpuTensor>(tensors);
		if (result !== undefined) this.#nonFinite.submit(block.id, result);
		// At most two blocks are queued: a cancel is heard within one, and the desktop stays usable.
		await this.#previousBlockDone;
		this.#previousBlockDone = context.idle();
		this.#previousBlockDone.catch(() => undefined);
		onBlock?.(block, this);
		return tensors;
	}

	async hold(block: Block): Promise<HeldBuffer> {
		const { context, signal, onBlock } = this.#options;
		signal?.throwIfAborted();
		const { buffer: source, tensors } = await this.#stream.next(blockKey(block));
		const ranges = [...tensors.values()];
		const size = Math.max(...ranges.map(({ byteOffset, byteLength }) => byteOffset + byteLength));
		const buffer = context.createBuffer('weights', {
			label: `held ${block.id}`,
			size: Math.ceil(size / HELD_MULTIPLE_BYTES) * HELD_MULTIPLE_BYTES,
			usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
		});
		this.#held.add(buffer);
		const encoder = context.device.createCommandEncoder({ label: 'hold' });
		encoder.copyBufferToBuffer(source, 0, buffer, 0, buffer.size);
		context.submit(encoder);
		onBlock?.(block, this);
		return { block: block.id, weights: { buffer, tensors } };
	}

	drop({ weights }: HeldBuffer): void {
		this.#held.delete(weights.buffer);
		weights.buffer.destroy();
	}

	concatenateRows(first: GpuTensor, second: GpuTensor): GpuTensor {
		const joined = this.#pool.acquireJoined(first, second);
		copyRows(this.#options.context, [first, second], joined);
		return joined;
	}

	async observe(name: string, tensor: GpuTensor): Promise<void> {
		const { observer } = this.#options;
		if (observer !== undefined) observer(name, await this.download(tensor), tensor.shape);
	}

	release(...tensors: readonly GpuTensor[]): void {
		for (const tensor of tensors) this.#pool.release(tensor);
	}

	discard(...tensors: readonly GpuTensor[]): void {
		for (const tensor of tensors) this.#pool.discard(tensor);
	}

	async assertFinite(when: string): Promise<void> {
		const offenders = await this.#nonFinite.takeOffenders();
		if (offenders.length > 0) throw new NonFiniteError(offenders, when);
	}

	/** What adapters bring to a block and is streamed with it. */
	#factorsOf(block: Block): Pick<StreamedBlock, 'factors'> {
		const { graphs, adapters } = this.#options;
		const side = graphs.sideOf(block, adapters?.set);
		if (side === undefined || adapters === undefined) return {};
		return { factors: { ...side.factors, read: () => side.readFactors(adapters.readers) } };
	}

	/** Uploaded when a block first runs. */
	#gainsOf(block: Block, side: BlockSide | undefined): BlockWeights | undefined {
		const { context, adapters } = this.#options;
		if (side === undefined || adapters === undefined) return undefined;
		const key = blockKey(block);
		const known = this.#gains.get(key);
		if (known !== undefined) return known;
		const values = side.gainsAt(adapters.strengths);
		const buffer = context.createBuffer('weights', {
			label: `gains ${block.id}`,
			size: values.byteLength,
			usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
		});
		const weights = { buffer, tensors: side.gains.tensors };
		this.#gains.set(key, weights);
		context.device.queue.writeBuffer(buffer, 0, values);
		return weights;
	}

	#openStream(blocks: readonly Block[]): BlockStream {
		const options = this.#options;
		const order = blocks.map((block) => ({
			id: blockKey(block),
			shard: options.shard(block),
			...this.#factorsOf(block),
		}));
		const plan = planResidency({
			order: order.map((block) => ({ id: block.id, bytes: streamedBytes(block) })),
			bytes: options.weightBytes,
		});
		return new BlockStream({ ...options, order, plan });
	}

	async restart(order: readonly Block[]): Promise<void> {
		const { context } = this.#options;
		await this.#dispose();
		context.assertHealthy();
		this.#bytesReadBefore += this.#stream.bytesRead;
		this.#pool = new ActivationPool((size) => createActivation(context, size));
		this.#nonFinite = new NonFiniteCheck(context, order.length);
		this.#stream = this.#openStream(order);
	}

	async #dispose(): Promise<void> {
		await this.#previousBlockDone.catch(() => undefined);
		this.#previousBlockDone = Promise.resolve();
		await this.#stream[Symbol.asyncDispose]();
		await this.#options.graphs.releaseBuffers();
		this.#pool[Symbol.dispose]();
		for (const buffer of this.#held) buffer.destroy();
		this.#held.clear();
		for (const { buffer } of this.#gains.values()) buffer.destroy();
		this.#gains.clear();
		this.#nonFinite[Symbol.dispose]();
		// The next component takes its memory at once. A lost device has none to give back.
		await this.#options.context.reclaim().catch(() => undefined);
	}
}

/** Weights in which tensors are looked for one after another. */
function chained([own, ...others]: readonly [
	BlockWeights,
	...(BlockWeights | undefined)[],
]): BlockWeights {
	const rest = others.filter((weights) => weights !== undefined);
	const [next, ...later] = rest;
	return next === undefined ? own : { ...own, beside: chained([next, ...later]) };
}

function createActivation(context: GpuContext, size: number): GPUBuffer {
	const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
	return context.createBuffer('activations', { label: 'activation', size, usage });
}
