import type { OnnxGraph } from '../onnx/graph.ts';
import type { GpuTensors } from './gpu-tensor.ts';

/** Where a block's FP16 tensors lie on the GPU. */
export interface BlockWeights {
	readonly buffer: GPUBuffer;
	/** Byte range of each tensor in `buffer`; offsets are multiples of 256. */
	readonly tensors: ReadonlyMap<
		string,
		{ readonly byteOffset: number; readonly byteLength: number }
	>;
}

/** A graph made ready to run any block of its kind. */
export interface LoadedGraph {
	/**
	 * Submits one block's work and resolves when it is submitted, not done: buffers may be reused for
	 * work submitted later.
	 *
	 * @throws ShapeError if a buffer is smaller than its tensor
	 */
	run(weights: BlockWeights, inputs: GpuTensors, outputs: GpuTensors): Promise<void>;
	/** Frees what `run` keeps on the GPU between blocks; the next `run` makes it again. */
	releaseBuffers(): void;
	dispose(): Promise<void>;
}

export type TensorShapes = Readonly<Record<string, readonly number[]>>;

/** Runs graphs on our device. `OrtBlockEngine` is the reference for any other. */
export interface BlockEngine {
	load(graph: OnnxGraph): Promise<LoadedGraph>;
	/**
	 * Bytes of the scratch buffers that a run with such inputs and outputs acquires; undefined where an
	 * engine decides that itself.
	 */
	scratchBytes(
		graph: OnnxGraph,
		inputs: TensorShapes,
		outputs: TensorShapes,
	): readonly number[] | undefined;
}
