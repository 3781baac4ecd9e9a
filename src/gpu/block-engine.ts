import type { Graph } from '../graph/graph.ts';
import type { GpuTensors } from './gpu-tensor.ts';

/** Where a block's FP16 tensors lie on the GPU. */
export interface BlockWeights {
	readonly buffer: GPUBuffer;
	/** Byte range of each tensor in `buffer`; offsets are multiples of 256. */
	readonly tensors: ReadonlyMap<
		string,
		{ readonly byteOffset: number; readonly byteLength: number }
	>;
	/** Those of another block, for a graph that computes two. */
	readonly beside?: BlockWeights;
}

/** Where one tensor lies. */
export interface WeightPlace {
	readonly buffer: GPUBuffer;
	readonly byteOffset: number;
	readonly byteLength: number;
}

export function findWeight(weights: BlockWeights, tensor: string): WeightPlace | undefined {
	const range = weights.tensors.get(tensor);
	if (range !== undefined) return { ...range, buffer: weights.buffer };
	return weights.beside === undefined ? undefined : findWeight(weights.beside, tensor);
}

/** How a graph is to be run. */
export interface RunLimits {
	/**
	 * Most bytes of scratch buffers: engines that can cut their work do so to keep to it, free the buffers
	 * at the end, and are done when `run` resolves. Where not given, buffers are kept for the next run.
	 */
	readonly scratchBytes?: number;
}

/** A graph made ready to run any block of its kind. */
export interface LoadedGraph {
	/**
	 * Submits one block's work and resolves when it is submitted, not done: buffers may be reused for
	 * work submitted later. An output may have an input's buffer.
	 *
	 * @param signal ends the wait for what must be compiled first; what is submitted is not taken back
	 * @throws ShapeError if a buffer is smaller than its tensor
	 * @throws ScratchLimitError if the limits are too small
	 */
	run(
		weights: BlockWeights,
		inputs: GpuTensors,
		outputs: GpuTensors,
		limits?: RunLimits,
		signal?: AbortSignal,
	): Promise<void>;
	/** Frees what `run` keeps on the GPU between blocks; the next `run` makes it again. */
	releaseBuffers(): void;
	dispose(): Promise<void>;
}

export type TensorShapes = Readonly<Record<string, readonly number[]>>;

/** A run, as far as its memory goes. */
export interface RunShapes extends RunLimits {
	readonly inputs: TensorShapes;
	readonly outputs: TensorShapes;
	/** Outputs that have an input's buffer. */
	readonly inPlace: readonly string[];
}

/** What became of matrix units in an engine that was to compute on them. */
export type MatrixUse =
	| { readonly type: 'used' }
	/** The kernels were wrong on this adapter: f32 kernels compute. */
	| { readonly type: 'refused'; readonly reason: string };

/** Runs graphs on our device. `OrtBlockEngine` is the reference for any other. */
export interface BlockEngine {
	/** Undefined where none were asked for, or none are there. */
	readonly matrixUse?: MatrixUse;
	load(graph: Graph): Promise<LoadedGraph>;
	/**
	 * Bytes of the scratch buffers that a run with such inputs and outputs acquires; undefined where an
	 * engine decides that itself.
	 *
	 * @throws ScratchLimitError if the limits are too small
	 */
	scratchBytes(graph: Graph, run: RunShapes): readonly number[] | undefined;
	/** Why ONNX Runtime takes over such a run from an engine that is not it; undefined where it does not. */
	fallbackReason(graph: Graph, run: RunShapes): string | undefined;
	/** Starts to compile what such a run needs, all at once; a run compiles by itself what is missing then. */
	prepare(graph: Graph, run: RunShapes): void;
}
