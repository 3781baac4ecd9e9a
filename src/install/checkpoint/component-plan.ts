import { type Component, storedShape } from '../../families/parts/block.ts';
import { shardLayout } from '../../families/parts/shard-layout.ts';
import type { TensorRecord } from '../../store/model-manifest.ts';
import { indexCheckpoint, resolveTensor } from './checkpoint-layouts.ts';
import { CheckpointError } from '../errors.ts';
import type { SafetensorsHeader } from './safetensors.ts';

/** A shard to be made. */
export interface PlannedShard {
	/** Of the stored object: `transformer/layers.12.bin`. */
	readonly name: string;
	readonly block: string;
	readonly byteLength: number;
	readonly tensors: readonly TensorRecord[];
}

/** A tensor on its way from a file to a shard. */
export interface PlannedTensor {
	/** Name in the official checkpoint, for messages. */
	readonly officialName: string;
	readonly shard: PlannedShard;
	/** Its place in the shard. */
	readonly record: TensorRecord;
	/** Stored the other way round; then the source is a matrix of rows and columns. */
	readonly transposed: boolean;
	readonly rows: number;
	readonly columns: number;
	/** `F32`, `F16` or `BF16`. */
	readonly dtype: string;
	/** Bytes from the start of the source file. */
	readonly byteOffset: number;
	readonly byteLength: number;
}

/** What becomes of a component's files. */
export interface ComponentPlan {
	readonly component: Component;
	/** In the component's order. */
	readonly shards: readonly PlannedShard[];
	/** For each file its tensors, ascending by offset and not overlapping. */
	readonly files: readonly (readonly PlannedTensor[])[];
}

/**
 * Finds every tensor of a component before a byte of it is read, so that a file that cannot do is
 * refused at once.
 *
 * @param headers of the component's files, in the order of the files
 * @param siblings all components of the model, to say what files hold instead
 * @throws CheckpointError
 */
export function planComponent(
	component: Component,
	headers: readonly SafetensorsHeader[],
	siblings: readonly Component[] = [],
): ComponentPlan {
	const others = siblings.map(({ files }) => files);
	const index = indexCheckpoint(headers, component.files, others);
	const files: PlannedTensor[][] = headers.map(() => []);
	const shards = component.blocks.map((block): PlannedShard => {
		const layout = shardLayout(block);
		const shard: PlannedShard = {
			name: `${component.id}/${block.id}.bin`,
			block: block.id,
			byteLength: layout.byteLength,
			tensors: layout.tensors,
		};
		for (const [i, tensor] of block.tensors.entries()) {
			const { sourceName: officialName, sourceShape, transposed } = tensor;
			const { file, dtype, byteOffset, byteLength } = resolveTensor(
				index,
				officialName,
				sourceShape,
			);
			const [columns = 1, rows = 1] = transposed ? storedShape(tensor) : [];
			const record = layout.tensors[i];
			files[file]?.push({
				...{ officialName, shard, record, transposed, rows, columns },
				...{ dtype, byteOffset, byteLength },
			});
		}
		return shard;
	});
	for (const tensors of files) {
		tensors.sort((a, b) => a.byteOffset - b.byteOffset);
		refuseShared(tensors);
	}
	return { component, shards, files };
}

/** One pass gives every byte to one tensor. */
function refuseShared(tensors: readonly PlannedTensor[]): void {
	let before: PlannedTensor | undefined;
	for (const tensor of tensors) {
		if (before !== undefined && before.byteOffset + before.byteLength > tensor.byteOffset) {
			const names = { tensor: before.officialName, other: tensor.officialName };
			throw new CheckpointError({ problem: 'tensors-overlap', ...names });
		}
		before = tensor;
	}
}
