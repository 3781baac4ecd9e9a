import { halfSum } from '../../numbers/half-sum.ts';
import type { TensorRecord } from '../../store/model-manifest.ts';
import type { ShardStore, StoredObject } from '../../store/shard-store.ts';
import type { StartHasher } from './stream-hasher.ts';

/** Bytes read and hashed at a time. */
const PIECE_BYTES = 2 ** 22;

/** What reading an object back gave. */
export interface ReadBack {
	readonly sha256: string;
	/** Sums of the tensors, by name; see `halfSum`. */
	readonly sums: ReadonlyMap<string, number>;
}

/** What to read back, and the tensors to sum on the way. */
export type StoredShard = StoredObject & { readonly tensors?: readonly TensorRecord[] };

export interface ReadBackOptions {
	readonly signal?: AbortSignal;
	readonly onBytes?: (bytes: number) => void;
}

/** Reads an object back from the store that it knows, in this thread or beside it. */
export type ReadStored = (
	modelId: string,
	object: StoredShard,
	options: ReadBackOptions,
) => Promise<ReadBack>;

/**
 * Reads an object back from the store: what it says of itself is what lies there, not what was meant.
 *
 * @throws ShardMissingError, ShardCorruptError, AbortError
 */
export async function readBack(
	store: ShardStore,
	modelId: string,
	object: StoredShard,
	startHasher: StartHasher,
	options: ReadBackOptions = {},
): Promise<ReadBack> {
	const reader = await store.open(modelId, object);
	const hasher = await startHasher();
	const sums = new Map<string, number>();
	try {
		for (let offset = 0; offset < object.byteLength; offset += PIECE_BYTES) {
			options.signal?.throwIfAborted();
			const piece = new Uint8Array(Math.min(PIECE_BYTES, object.byteLength - offset));
			await reader.read(offset, piece);
			for (const tensor of object.tensors ?? []) addSum(sums, tensor, piece, offset);
			options.onBytes?.(piece.byteLength);
			await hasher.update(piece);
		}
		return { sha256: await hasher.digest(), sums };
	} catch (error) {
		hasher.dispose();
		throw error;
	} finally {
		reader.close();
	}
}

function addSum(
	sums: Map<string, number>,
	{ name, byteOffset, byteLength }: TensorRecord,
	piece: Uint8Array,
	offset: number,
): void {
	const from = Math.max(byteOffset, offset) - offset;
	const to = Math.min(byteOffset + byteLength, offset + piece.byteLength) - offset;
	if (from >= to) return;
	sums.set(name, ((sums.get(name) ?? 0) + halfSum(piece.subarray(from, to))) >>> 0);
}
