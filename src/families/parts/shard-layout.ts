import { type Block, storedShape } from './block.ts';

/** A tensor's place in its shard. */
export interface ShardTensor {
	readonly name: string;
	readonly shape: readonly number[];
	readonly byteOffset: number;
	/** FP16 bytes, without padding. */
	readonly byteLength: number;
}

export interface ShardLayout {
	readonly tensors: readonly ShardTensor[];
	readonly byteLength: number;
}

/** WebGPU binds storage buffers at multiples of 256 bytes. */
export const TENSOR_ALIGNMENT_BYTES = 256;
const FP16_BYTES = 2;

/** Packs a block's tensors at aligned offsets, in the order of its tensor table. */
export function shardLayout(block: Block): ShardLayout {
	let byteOffset = 0;
	const tensors = block.tensors.map((tensor): ShardTensor => {
		const shape = storedShape(tensor);
		const byteLength = FP16_BYTES * shape.reduce((product, extent) => product * extent, 1);
		const placed = { name: tensor.name, shape, byteOffset, byteLength };
		byteOffset += Math.ceil(byteLength / TENSOR_ALIGNMENT_BYTES) * TENSOR_ALIGNMENT_BYTES;
		return placed;
	});
	return { tensors, byteLength: byteOffset };
}
