import { ShardCorruptError } from '../../store/errors.ts';
import type { FileRecord } from '../../store/model-manifest.ts';
import type { InstallStore } from '../../store/shard-store.ts';
import type { StartHasher } from '../hash/stream-hasher.ts';

const PIECE_BYTES = 2 ** 23;

/**
 * Copies an object from one store to another, and its bytes' hash must be the recorded one.
 *
 * @throws ShardCorruptError, StorageFullError, AbortError
 */
export async function moveObject(
	modelId: string,
	object: FileRecord,
	from: InstallStore,
	to: InstallStore,
	startHasher: StartHasher,
	signal: AbortSignal,
): Promise<void> {
	const reader = await from.open(modelId, object);
	const writer = await to.openWriter(modelId, object);
	const hasher = await startHasher();
	try {
		for (let offset = 0; offset < object.byteLength; offset += PIECE_BYTES) {
			signal.throwIfAborted();
			const piece = new Uint8Array(Math.min(PIECE_BYTES, object.byteLength - offset));
			await reader.read(offset, piece);
			await writer.write(offset, piece);
			await hasher.update(piece);
		}
		if ((await hasher.digest()) !== object.sha256) {
			throw new ShardCorruptError(modelId, object.name, 'its hash is wrong');
		}
		await writer.commit();
	} catch (error) {
		hasher.dispose();
		await writer.abort();
		throw error;
	} finally {
		reader.close();
	}
}
