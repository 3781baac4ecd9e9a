import { f16ToF32 } from '../../numbers/half-float.ts';
import { ShardCorruptError } from '../../store/errors.ts';
import type { ShardRecord } from '../../store/model-manifest.ts';
import type { ShardStore } from '../../store/shard-store.ts';

const FP16_BYTES = 2;

/**
 * Reads rows of a table that stays on disk: of an embedding table of 778 MB a prompt needs at most 512 of
 * 151,936 rows.
 *
 * @param tensor of shape [rows, columns]
 * @returns [indices.length, columns]
 * @throws ShardMissingError, ShardCorruptError
 */
export async function readRows(
	store: Pick<ShardStore, 'open'>,
	modelId: string,
	shard: ShardRecord,
	tensor: string,
	indices: Int32Array,
): Promise<Float32Array<ArrayBuffer>> {
	const record = shard.tensors.find(({ name }) => name === tensor);
	if (record === undefined) throw new RangeError(`${shard.name} holds no ${tensor}`);
	const [count = 0, columns = 0] = record.shape;
	const rowBytes = columns * FP16_BYTES;
	const values = new Float32Array(indices.length * columns);
	const row = new Uint16Array(columns);
	const rowView = new Uint8Array(row.buffer);
	const reader = await store.open(modelId, shard);
	try {
		for (const [position, index] of indices.entries()) {
			if (index < 0 || index >= count) {
				throw new ShardCorruptError(modelId, shard.name, `it has no row ${index}`);
			}
			await reader.read(record.byteOffset + index * rowBytes, rowView);
			values.set(f16ToF32(row), position * columns);
		}
	} finally {
		reader.close();
	}
	return values;
}
