import type { Block } from './block.ts';

/** A float32 tensor in GPU memory. Its runner owns it until `release`. */
export interface DeviceTensor {
	readonly shape: readonly number[];
}

/** A copy of a block's weights on the device. Its runner owns it until `drop`. */
export interface HeldWeights {
	readonly block: Block['id'];
}

/** What a block's run may take and use. */
export interface RunOptions {
	/** Weights of a block before, which the graph reads too. */
	readonly beside?: HeldWeights;
	/**
	 * Most bytes of scratch buffers that the run may take: it cuts its work so that they suffice, and frees
	 * them at its end. Where not given, it takes what is fastest and keeps it for the next block.
	 */
	readonly scratchBytes?: number;
}

export type NamedTensors = Readonly<Record<string, DeviceTensor>>;

/**
 * What a family's forward pass is written against. The pass names blocks and tensors; the runner
 * decides where weights come from, which stay on the GPU and on what engine they run.
 */
export interface BlockRunner {
	/** True when intermediate values are wanted: graphs publish their taps, `observe` is called. */
	readonly observing: boolean;
	/**
	 * Rows of a table that stays on disk, such as the embeddings of a vocabulary.
	 *
	 * @param tensor of shape [rows, columns]
	 * @returns [indices.length, columns]
	 */
	rows(block: Block, tensor: string, indices: Int32Array): Promise<Float32Array<ArrayBuffer>>;
	/** Copies values to the device. */
	upload(values: Float32Array, shape: readonly number[]): DeviceTensor;
	/** Waits for the device and copies values back. */
	download(tensor: DeviceTensor): Promise<Float32Array<ArrayBuffer>>;
	/**
	 * Runs a block. Blocks must be run in the order announced to the runner, which prefetches by it. A block
	 * that is announced several times in a row is loaded once. The caller owns the outputs.
	 *
	 * @param inputs of the block's graph: what flows through it, and whatever else it reads beside its
	 * weights, such as the hint of a control branch or the factors of an adapter
	 * @param outputs a shape each, or an input in whose place the output is to be written
	 */
	run<OutputName extends string>(
		block: Block,
		inputs: NamedTensors,
		outputs: Readonly<Record<OutputName, readonly number[] | DeviceTensor>>,
		options?: RunOptions,
	): Promise<Readonly<Record<OutputName, DeviceTensor>>>;
	/** Takes a block's turn in the order, but only keeps its weights for the run of a later block. */
	hold(block: Block): Promise<HeldWeights>;
	drop(held: HeldWeights): void;
	/** Rows of `first`, then rows of `second`. Both: [rows, columns]. */
	concatenateRows(first: DeviceTensor, second: DeviceTensor): DeviceTensor;
	/**
	 * Gives up all tensors, held weights and blocks to come, and begins anew with other blocks: the only way on once
	 * the device has dropped work, because nothing on it can be trusted then.
	 */
	restart(order: readonly Block[]): Promise<void>;
	/** @param when for people: "while reading the prompt" @throws NonFiniteError if a block's output was not a number; GpuDroppedWorkError */
	assertFinite(when: string): Promise<void>;
	/** Reports a value under the name that golden files give it; does nothing unless observing. */
	observe(name: string, tensor: DeviceTensor): Promise<void>;
	/** Gives tensors up; their memory is kept for others of the same sizes. */
	release(...tensors: readonly DeviceTensor[]): void;
	/** Gives tensors and their memory up. */
	discard(...tensors: readonly DeviceTensor[]): void;
}
