import { createStore, del, get, set, type UseStore, values } from 'idb-keyval';
import type { ModelManifest } from './model-manifest.ts';
import { isTooNew, readManifest, type StoredManifest } from './read-manifest.ts';
import { writeFailure } from './storage-full.ts';

/** More than a manifest takes. */
const MANIFEST_BYTES = 2 ** 20;

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
		try {
			await set(manifest.id, manifest, this.#table);
		} catch (error) {
			throw writeFailure(error, MANIFEST_BYTES);
		}
	}

	async deleteManifest(modelId: string): Promise<void> {
		await del(modelId, this.#table);
	}
}
