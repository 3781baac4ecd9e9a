import { createStore, del, get, set, type UseStore, values } from 'idb-keyval';
import type { ModelManifest } from './model-manifest.ts';
import { isTooNew, readManifest, type StoredManifest } from './read-manifest.ts';

/** Manifests by model, in IndexedDB: every backend keeps them there. */
export class ManifestTable {
	readonly #table: UseStore;

	constructor(prefix: string) {
		this.#table = createStore(`${prefix}-manifests`, 'manifests');
	}

	/** @throws ModelTooNewError */
	async manifest(modelId: string): Promise<ModelManifest | undefined> {
		const stored = await get<StoredManifest>(modelId, this.#table);
		return stored === undefined ? undefined : readManifest(stored);
	}

	/** Without those that are too new to be read. */
	async manifests(): Promise<readonly ModelManifest[]> {
		const stored = await values<StoredManifest>(this.#table);
		return stored.filter((manifest) => !isTooNew(manifest)).map(readManifest);
	}

	async putManifest(manifest: ModelManifest): Promise<void> {
		await set(manifest.id, manifest, this.#table);
	}

	async deleteManifest(modelId: string): Promise<void> {
		await del(modelId, this.#table);
	}
}
