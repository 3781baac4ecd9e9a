import { type Block, storedShape } from '../families/parts/block.ts';
import { shardLayout } from '../families/parts/shard-layout.ts';
import { transposeF16 } from '../numbers/half-float.ts';
import type { TensorRecord } from '../store/model-manifest.ts';

/** Weights by their official names, whatever the layout of the files they come from. */
export interface CheckpointTensors {
	/** The tensor in FP16, row-major. @throws CheckpointError if it is absent or has another shape */
	read(officialName: string, shape: readonly number[]): Promise<Uint16Array>;
}

export interface ConvertedShard {
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly tensors: readonly TensorRecord[];
}

/** Builds a block's shard from a checkpoint. @throws CheckpointError */
export async function convertBlock(
	block: Block,
	checkpoint: CheckpointTensors,
): Promise<ConvertedShard> {
	const layout = shardLayout(block);
	const halves = new Uint16Array(layout.byteLength / Uint16Array.BYTES_PER_ELEMENT);
	for (const [index, tensor] of block.tensors.entries()) {
		const { byteOffset } = layout.tensors[index];
		const source = await checkpoint.read(tensor.sourceName, tensor.sourceShape);
		const [columns, rows] = storedShape(tensor);
		const values = tensor.transposed ? transposeF16(source, rows, columns) : source;
		halves.set(values, byteOffset / Uint16Array.BYTES_PER_ELEMENT);
	}
	return { bytes: new Uint8Array(halves.buffer), tensors: layout.tensors };
}
