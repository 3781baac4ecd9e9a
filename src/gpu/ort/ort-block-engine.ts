import * as ort from 'onnxruntime-web/webgpu';
import type { Graph } from '../../graph/graph.ts';
import { lowerGraph } from '../../onnx/lower-graph.ts';
import type { OnnxGraph, WeightValue } from '../../onnx/onnx-graph.ts';
import { serializeGraph } from '../../onnx/serialize-graph.ts';
import {
	type BlockEngine,
	type BlockWeights,
	findWeight,
	type LoadedGraph,
} from '../block-engine.ts';
import { copyRows } from '../copy-rows.ts';
import { ShapeError } from '../errors.ts';
import type { GpuContext } from '../gpu-context.ts';
import type { MemoryCategory } from '../gpu-ledger.ts';
import { elementCount, f32ByteLength, type GpuTensor, type GpuTensors } from '../gpu-tensor.ts';
import { WidenWeights, type WidenJob } from './widen-weights.ts';
import { Mutex } from '../mutex.ts';

/** ORT wants the sizes of buffers it is given to be multiples of 16 bytes. */
const SIZE_MULTIPLE_BYTES = 16;
const ELEMENT_BYTES = { f16: 2, bf16: 2, f32: 4 };

/**
 * The asyncify build is not re-entrant: two overlapping calls, even on different sessions, corrupt its
 * memory or hang. Module-wide, since the wasm instance is.
 */
const ortCalls = new Mutex();

/**
 * The reference engine: ONNX Runtime sessions over f32 copies of the weights.
 *
 * It submits a block's operators as it likes, and its matrix products and convolutions cannot be cut from
 * outside: on a slow GPU one may run longer than the 200 ms that `WorkSpeed` keeps our own kernels to.
 */
export class OrtBlockEngine implements BlockEngine {
	readonly #context: GpuContext;
	readonly #maxBindingBytes: number;
	readonly #widen: WidenWeights;

	/** @param maxBindingBytes of a weight in f32: larger ones are cut into pieces */
	constructor(
		context: GpuContext,
		maxBindingBytes = context.device.limits.maxStorageBufferBindingSize,
	) {
		this.#context = context;
		this.#maxBindingBytes = maxBindingBytes;
		this.#widen = new WidenWeights(context);
		// One thread: all heavy work is on the GPU, and threads would need cross-origin isolation.
		ort.env.wasm.numThreads = 1;
		// @huggingface/transformers, loaded for its tokenizer, points this shared setting to a CDN.
		ort.env.wasm.wasmPaths = undefined;
		ort.env.logLevel = 'error';
	}

	async load(graph: Graph): Promise<LoadedGraph> {
		const lowered = lowerGraph(graph, { maxBindingBytes: this.#maxBindingBytes });
		const model = serializeGraph(lowered);
		const session = await ortCalls.run(() =>
			this.#context.orLost(
				ort.InferenceSession.create(model, {
					executionProviders: [
						{
							name: 'webgpu',
							device: this.#context.device,
							// Convolutions run 1.7 times faster on lavapipe than with NCHW.
							preferredLayout: 'NHWC',
							// Retains nothing between runs; the default keeps 604 MB for one full-size block.
							storageBufferCacheMode: 'lazyRelease',
						},
					],
					graphOptimizationLevel: 'all',
					// Errors only: that shape arithmetic stays on the CPU is wanted, and no news to a user.
					logSeverityLevel: 3,
				}),
			),
		);
		return new OrtGraph(this.#context, this.#widen, lowered, session);
	}

	/** ONNX Runtime allocates as it runs, and tells nobody beforehand. */
	scratchBytes(): undefined {
		return undefined;
	}

	fallbackReason(): undefined {
		return undefined;
	}

	/** A session compiles at its first run. */
	prepare(): void {}
}

class OrtGraph implements LoadedGraph {
	readonly #context: GpuContext;
	readonly #widen: WidenWeights;
	readonly #graph: OnnxGraph;
	readonly #session: ort.InferenceSession;
	#wideWeights: ReadonlyMap<WeightValue, GpuTensor> | undefined;

	constructor(
		context: GpuContext,
		widen: WidenWeights,
		graph: OnnxGraph,
		session: ort.InferenceSession,
	) {
		this.#context = context;
		this.#widen = widen;
		this.#graph = graph;
		this.#session = session;
	}

	async run(weights: BlockWeights, inputs: GpuTensors, outputs: GpuTensors): Promise<void> {
		this.#wideWeights ??= this.#allocateWideWeights();
		const feeds: Record<string, ort.Tensor> = {};
		const jobs: WidenJob[] = [];
		for (const [weight, wide] of this.#wideWeights) {
			const packed = findWeight(weights, weight.tensor);
			if (packed === undefined) {
				throw new ShapeError(`${this.#graph.name}: the shard holds no tensor ${weight.tensor}`);
			}
			const elements = elementCount(weight.shape);
			const elementBytes = ELEMENT_BYTES[weight.format];
			if ((weight.elementOffset + elements) * elementBytes > packed.byteLength) {
				throw new ShapeError(`${this.#graph.name}: ${weight.tensor} is shorter than its shape`);
			}
			jobs.push({
				format: weight.format,
				source: packed.buffer,
				sourceByteOffset: packed.byteOffset + weight.elementOffset * elementBytes,
				elements,
				target: wide.buffer,
			});
			feeds[weight.name] = ortTensor(wide);
		}
		for (const { name } of this.#graph.inputs) feeds[name] = ortTensor(pick(inputs, name));
		const fetches: Record<string, ort.Tensor> = {};
		const inputBuffers = new Set(Object.values(inputs).map(({ buffer }) => buffer));
		// ORT writes outputs while it still reads inputs.
		const copies = Object.entries(outputs).flatMap(([name, tensor]) => {
			const inPlace = inputBuffers.has(tensor.buffer);
			const written = inPlace ? this.#allocate(name, 'runtime', tensor.shape) : tensor;
			fetches[name] = ortTensor(written);
			return inPlace ? [{ written, tensor }] : [];
		});
		try {
			this.#widen.submit(jobs);
			await ortCalls.run(() => this.#context.orLost(this.#session.run(feeds, fetches)));
			for (const { written, tensor } of copies) copyRows(this.#context, [written], tensor);
		} finally {
			for (const { written } of copies) written.buffer.destroy();
		}
	}

	releaseBuffers(): void {
		for (const { buffer } of this.#wideWeights?.values() ?? []) buffer.destroy();
		this.#wideWeights = undefined;
	}

	async dispose(): Promise<void> {
		this.releaseBuffers();
		await ortCalls.run(() => this.#session.release());
	}

	#allocateWideWeights(): ReadonlyMap<WeightValue, GpuTensor> {
		const wide = new Map<WeightValue, GpuTensor>();
		try {
			for (const weight of this.#graph.weights) {
				wide.set(weight, this.#allocate(weight.name, 'widened', weight.shape));
			}
			return wide;
		} catch (error) {
			for (const { buffer } of wide.values()) buffer.destroy();
			throw error;
		}
	}

	#allocate(name: string, category: MemoryCategory, shape: readonly number[]): GpuTensor {
		const buffer = this.#context.createBuffer(category, {
			label: `${this.#graph.name} ${name}`,
			size: Math.ceil(f32ByteLength(shape) / SIZE_MULTIPLE_BYTES) * SIZE_MULTIPLE_BYTES,
			usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
		});
		return { buffer, shape };
	}
}

function pick(tensors: GpuTensors, name: string): GpuTensor {
	const tensor = tensors[name];
	if (tensor === undefined) throw new ShapeError(`The tensor "${name}" was not given`);
	return tensor;
}

/** ORT reads past the end of a buffer that is too small without noticing, so sizes are checked here. */
function ortTensor({ buffer, shape }: GpuTensor): ort.Tensor {
	if (buffer.size < f32ByteLength(shape)) {
		throw new ShapeError(`A buffer of ${buffer.size} bytes cannot hold [${shape.join(', ')}]`);
	}
	return ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: [...shape] });
}
