import { PlacedShardStore } from '../../store/placed-shard-store.ts';
import type { StreamHasher } from './stream-hasher.ts';
import { startHasher } from './stream-hasher.ts';
import { type ReadBack, readBack, type StoredShard } from './verify-stored.ts';

/** A hasher at the far end of a worker: what `hash-worker.ts` exposes. */
export class HashLane {
	#hasher: StreamHasher | undefined;

	async start(state?: Uint8Array): Promise<void> {
		this.#hasher = await startHasher(state);
	}

	async update(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
		await this.#current().update(bytes);
	}

	save(): Promise<Uint8Array | undefined> {
		return this.#current().save();
	}

	digest(): Promise<string> {
		return this.#current().digest();
	}

	/**
	 * Reads an object back here, so that its bytes need not cross from thread to thread.
	 *
	 * @param prefix of the store's names
	 */
	async readStored(
		prefix: string,
		modelId: string,
		object: StoredShard,
		onBytes: (bytes: number) => void,
		signal: AbortSignal | undefined,
	): Promise<ReadBack> {
		const store = new PlacedShardStore(prefix);
		return readBack(store, modelId, object, startHasher, { ...(signal && { signal }), onBytes });
	}

	#current(): StreamHasher {
		if (this.#hasher === undefined) throw new RangeError('The lane was not started');
		return this.#hasher;
	}
}
