import type { Block } from './block.ts';

/** A float32 tensor in GPU memory. Its runner owns it until `release`. */
export interface DeviceTensor {
	readonly shape: readonly number[];
}

export type NamedTensors = Readonly<Record<string, DeviceTensor>>;

/**
 * What a family's forward pass is written against. The pass names blocks and tensors; where weights
 * come from, which are resident and on what engine they run is the runner's affair.
 */
export interface BlockRunner {
	/** True when intermediate values are wanted: graphs publish their taps, `observe` is called. */
	readonly observing: boolean;
	/** Copies values to the device. */
	upload(values: Float32Array, shape: readonly number[]): DeviceTensor;
	/** Waits for the device and copies values back. */
	download(tensor: DeviceTensor): Promise<Float32Array<ArrayBuffer>>;
	/**
	 * Runs a block. Blocks must be run in the order announced to the runner, which prefetches by it.
	 * The caller owns the outputs.
	 */
	run<OutputName extends string>(
		block: Block,
		inputs: NamedTensors,
		outputs: Readonly<Record<OutputName, readonly number[]>>,
	): Promise<Readonly<Record<OutputName, DeviceTensor>>>;
	/** Rows of `first`, then rows of `second`. Both: [rows, columns]. */
	concatenateRows(first: DeviceTensor, second: DeviceTensor): DeviceTensor;
	/** Reports a value under the name that golden files give it; does nothing unless observing. */
	observe(name: string, tensor: DeviceTensor): Promise<void>;
	release(...tensors: readonly DeviceTensor[]): void;
}
