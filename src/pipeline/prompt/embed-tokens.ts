import type { Qwen3TextEncoder } from '../../families/encoders/qwen3-text-encoder.ts';
import { f16ToF32 } from '../../numbers/half-float.ts';
import { ShardCorruptError } from '../../store/errors.ts';
import type { ShardRecord } from '../../store/model-manifest.ts';
import type { ShardStore } from '../../store/shard-store.ts';

const FP16_BYTES = 2;

/**
 * Reads the embedding rows of a prompt's tokens. The table (778 MB at full size) stays on disk: a
 * prompt needs at most 512 of its 151,936 rows.
 *
 * @returns [tokens, hiddenSize]
 * @throws ShardMissingError, ShardCorruptError
 */
export async function embedTokens(
	encoder: Qwen3TextEncoder,
	ids: Int32Array,
	store: ShardStore,
	modelId: string,
	shard: ShardRecord,
): Promise<Float32Array<ArrayBuffer>> {
	const { hiddenSize, vocabSize } = encoder.config;
	const rowBytes = hiddenSize * FP16_BYTES;
	const embeddings = new Float32Array(ids.length * hiddenSize);
	const row = new Uint16Array(hiddenSize);
	const rowView = new Uint8Array(row.buffer);
	const reader = await store.open(modelId, shard);
	try {
		for (const [position, id] of ids.entries()) {
			if (id < 0 || id >= vocabSize) {
				throw new ShardCorruptError(modelId, shard.name, `it has no row for token ${id}`);
			}
			await reader.read(id * rowBytes, rowView);
			embeddings.set(f16ToF32(row), position * hiddenSize);
		}
	} finally {
		reader.close();
	}
	return embeddings;
}
