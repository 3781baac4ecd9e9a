import { type Block, type ComponentId, storedShape } from '../../families/parts/block.ts';
import type { BlockRunner, HeldWeights, RunOptions } from '../../families/parts/block-runner.ts';
import { shardLayout } from '../../families/parts/shard-layout.ts';
import type { RunShapes, TensorShapes } from '../../gpu/block-engine.ts';
import { ActivationPool, type PooledTensor } from '../../gpu/activation-pool.ts';
import { ScratchPool } from '../../gpu/fused/run/scratch-pool.ts';
import { elementCount, f32ByteLength } from '../../gpu/gpu-tensor.ts';
import type { SizedBuffer } from '../../gpu/sized-buffer.ts';
import type { AdapterSet } from '../adapters/adapter-set.ts';
import type { ModelGraphs, ForeseenRun } from './model-graphs.ts';

type Counted = PooledTensor<SizedBuffer>;
type CountedTensors = Readonly<Record<string, Counted>>;

interface KnownRun extends ForeseenRun {
	readonly scratchBytes: readonly number[] | undefined;
}

interface HeldCount extends HeldWeights {
	readonly buffer: SizedBuffer;
}

/**
 * A forward pass for its shapes alone. It acquires and releases as `TurnRun` does, from the same
 * pools over buffers that only count, so that what a picture will take is known before it takes it.
 */
export class DryRun implements BlockRunner {
	readonly observing = false;
	readonly #graphs: ModelGraphs;
	readonly #adapters: AdapterSet | undefined;
	readonly #pool: ActivationPool<SizedBuffer>;
	readonly #scratch: ScratchPool<SizedBuffer>;
	/** Blocks of one kind run again and again on the same shapes. */
	readonly #known = new Map<string, KnownRun>();
	#bytes = 0;
	#peakBytes = 0;
	#isExact = true;
	readonly #fallbackReasons = new Map<ComponentId, string>();

	constructor(graphs: ModelGraphs, adapters?: AdapterSet) {
		this.#graphs = graphs;
		this.#adapters = adapters;
		const count = (size: number): SizedBuffer => this.#count(size);
		this.#pool = new ActivationPool(count);
		this.#scratch = new ScratchPool(count);
	}

	/** Most that all activations and scratch buffers took together. */
	get peakBytes(): number {
		return this.#peakBytes;
	}

	/** False if a block's engine decides by itself what it allocates. */
	get isExact(): boolean {
		return this.#isExact;
	}

	/** Why ONNX Runtime takes over blocks of a component, the first of them. */
	get fallbackReasons(): ReadonlyMap<ComponentId, string> {
		return this.#fallbackReasons;
	}

	/** Each kind of run once. */
	get runs(): readonly ForeseenRun[] {
		return [...this.#known.values()];
	}

	/** Zeros. */
	rows(block: Block, tensor: string, indices: Int32Array): Promise<Float32Array<ArrayBuffer>> {
		const table = block.tensors.find(({ name }) => name === tensor);
		if (table === undefined) throw new RangeError(`${block.id} holds no ${tensor}`);
		const [, columns] = storedShape(table);
		return Promise.resolve(new Float32Array(indices.length * columns));
	}

	upload(_values: Float32Array, shape: readonly number[]): Counted {
		return this.#pool.acquire(shape);
	}

	/** Zeros. The buffer for reading back counts, as long as it lives. */
	download(tensor: Counted): Promise<Float32Array<ArrayBuffer>> {
		this.#count(f32ByteLength(tensor.shape)).destroy();
		return Promise.resolve(new Float32Array(elementCount(tensor.shape)));
	}

	run<OutputName extends string>(
		block: Block,
		inputs: CountedTensors,
		outputs: Readonly<Record<OutputName, readonly number[] | Counted>>,
		{ scratchBytes }: RunOptions = {},
	): Promise<Readonly<Record<OutputName, Counted>>> {
		const tensors = this.#pool.acquireAll(outputs);
		const scratch = this.#scratchBytes(block, {
			inputs: shapesOf(inputs),
			outputs: shapesOf(tensors),
			inPlace: Object.entries<object>(outputs).flatMap(([name, output]) =>
				'buffer' in output ? [name] : [],
			),
			...(scratchBytes === undefined ? {} : { scratchBytes }),
		});
		if (scratch === undefined) this.#isExact = false;
		else this.#scratch.acquire(scratch);
		if (scratchBytes !== undefined) this.#scratch.release();
		return Promise.resolve(tensors);
	}

	hold(block: Block): Promise<HeldCount> {
		const buffer = this.#count(shardLayout(block).byteLength);
		return Promise.resolve({ block: block.id, buffer });
	}

	drop({ buffer }: HeldCount): void {
		buffer.destroy();
	}

	concatenateRows(first: Counted, second: Counted): Counted {
		return this.#pool.acquireJoined(first, second);
	}

	/** Nothing is dropped in a rehearsal. */
	restart(): Promise<void> {
		return Promise.reject(new RangeError('A rehearsal has nothing to repeat'));
	}

	assertFinite(): Promise<void> {
		return Promise.resolve();
	}

	observe(): Promise<void> {
		return Promise.resolve();
	}

	release(...tensors: readonly Counted[]): void {
		for (const tensor of tensors) this.#pool.release(tensor);
	}

	discard(...tensors: readonly Counted[]): void {
		for (const tensor of tensors) this.#pool.discard(tensor);
	}

	#scratchBytes(block: Block, shapes: RunShapes): readonly number[] | undefined {
		const { component, kind } = block;
		const side = this.#graphs.sideOf(block, this.#adapters);
		const key = JSON.stringify([component, kind, side?.key, shapes]);
		const known = this.#known.get(key);
		if (known !== undefined) return known.scratchBytes;
		const graph = { component, kind, side };
		const scratchBytes = this.#graphs.scratchBytes(graph, shapes);
		if (scratchBytes === undefined && !this.#fallbackReasons.has(component)) {
			const reason = this.#graphs.fallbackReason(graph, shapes);
			if (reason !== undefined) this.#fallbackReasons.set(component, reason);
		}
		this.#known.set(key, { ...graph, shapes, scratchBytes });
		return scratchBytes;
	}

	#count(size: number): SizedBuffer {
		this.#bytes += size;
		this.#peakBytes = Math.max(this.#peakBytes, this.#bytes);
		return { size, destroy: () => void (this.#bytes -= size) };
	}
}

function shapesOf(tensors: CountedTensors): TensorShapes {
	return Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
}
