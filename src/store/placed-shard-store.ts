import { del, get, set, type UseStore } from 'idb-keyval';
import { openTable } from './open-table.ts';
import { BackendUnavailableError, ShardMissingError } from './errors.ts';
import { IndexedDbShardStore } from './indexeddb-shard-store.ts';
import type { ModelManifest } from './model-manifest.ts';
import { OpfsShardStore } from './opfs-shard-store.ts';
import type { InstallStore, ShardReader, ShardWriter, StoredObject } from './shard-store.ts';
import type { StoreBackend } from './store-backend.ts';

/** Where models are that nobody placed: installed before there was a choice. */
const DEFAULT_BACKEND: StoreBackend = 'indexeddb';

/**
 * All backends of this browser as one store: each model's shards lie in the backend it was placed in.
 * Readers need not know which.
 */
export class PlacedShardStore implements InstallStore {
	/** Of database and folder names: another thread opens the same store with it. */
	readonly prefix: string;
	readonly #opfs: OpfsShardStore;
	readonly #stores: Readonly<Record<StoreBackend, InstallStore>>;
	readonly #placements: UseStore;
	/** Where shards were last opened: asking the table for each of 272 in a picture took a transaction each time. */
	readonly #opened = new Map<string, StoreBackend>();

	/** @param prefix of database and folder names; tests use their own */
	constructor(prefix = 'shardlight') {
		this.prefix = prefix;
		this.#opfs = new OpfsShardStore(prefix);
		this.#stores = {
			opfs: this.#opfs,
			indexeddb: new IndexedDbShardStore(prefix),
		};
		this.#placements = openTable(`${prefix}-placements`, 'placements');
	}

	/** What this browser can write to, the one to prefer first. */
	get backends(): readonly StoreBackend[] {
		return OpfsShardStore.available ? ['opfs', 'indexeddb'] : ['indexeddb'];
	}

	/** One backend by itself. @throws BackendUnavailableError */
	store(backend: StoreBackend): InstallStore {
		if (!this.backends.includes(backend)) throw new BackendUnavailableError(backend);
		return this.#stores[backend];
	}

	/** Undefined for a model that was never placed, or by a row that no version has written. */
	async placement(modelId: string): Promise<StoreBackend | undefined> {
		const placed = await get<unknown>(modelId, this.#placements);
		return placed === 'opfs' || placed === 'indexeddb' ? placed : undefined;
	}

	/** From now on the model's objects are looked for in this backend; none is moved. */
	async place(modelId: string, backend: StoreBackend): Promise<void> {
		await set(modelId, backend, this.#placements);
	}

	async forgetPlacement(modelId: string): Promise<void> {
		await del(modelId, this.#placements);
	}

	manifest(modelId: string): Promise<ModelManifest | undefined> {
		return this.#stores.indexeddb.manifest(modelId);
	}

	manifests(): Promise<readonly ModelManifest[]> {
		return this.#stores.indexeddb.manifests();
	}

	putManifest(manifest: ModelManifest): Promise<void> {
		return this.#stores.indexeddb.putManifest(manifest);
	}

	deleteManifest(modelId: string): Promise<void> {
		return this.#stores.indexeddb.deleteManifest(modelId);
	}

	async has(modelId: string, object: StoredObject): Promise<boolean> {
		return (await this.#of(modelId)).has(modelId, object);
	}

	async put(modelId: string, object: StoredObject, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
		await (await this.#of(modelId)).put(modelId, object, bytes);
	}

	/** Deletes what a crash in the middle of `checkRoom` left, which counts as used. */
	async forgetReservation(): Promise<void> {
		if (OpfsShardStore.available) await this.#opfs.forgetReservation();
	}

	async checkRoom(modelId: string, byteLength: number): Promise<void> {
		await (await this.#of(modelId)).checkRoom(modelId, byteLength);
	}

	async openWriter(
		modelId: string,
		object: StoredObject,
		options?: { readonly keep?: boolean },
	): Promise<ShardWriter> {
		return (await this.#of(modelId)).openWriter(modelId, object, options);
	}

	async open(modelId: string, object: StoredObject): Promise<ShardReader> {
		const known = this.#opened.get(modelId);
		if (known !== undefined) {
			try {
				return await this.#stores[known].open(modelId, object);
			} catch (error) {
				// Moved, by this thread or another.
				if (!(error instanceof ShardMissingError)) throw error;
			}
		}
		const placed = await this.placement(modelId);
		const backend = placed ?? DEFAULT_BACKEND;
		try {
			const reader = await this.#stores[backend].open(modelId, object);
			this.#opened.set(modelId, backend);
			return reader;
		} catch (error) {
			// Where it was put was forgotten, or is no place: it may lie in the other.
			if (placed !== undefined || !(error instanceof ShardMissingError)) throw error;
			const reader = await this.#opfs.open(modelId, object);
			this.#opened.set(modelId, 'opfs');
			return reader;
		}
	}

	async delete(modelId: string, object: StoredObject): Promise<void> {
		await (await this.#of(modelId)).delete(modelId, object);
	}

	async deleteObjects(modelId: string): Promise<void> {
		await (await this.#of(modelId)).deleteObjects(modelId);
	}

	async #of(modelId: string): Promise<InstallStore> {
		return this.#stores[(await this.placement(modelId)) ?? DEFAULT_BACKEND];
	}
}
