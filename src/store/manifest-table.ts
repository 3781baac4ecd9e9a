import { createStore, del, get, set, type UseStore, values } from 'idb-keyval';
import type { ModelManifest } from './model-manifest.ts';

/** Manifests by model, in IndexedDB: every backend keeps them there. */
export class ManifestTable {
	readonly #table: UseStore;

	constructor(prefix: string) {
		this.#table = createStore(`${prefix}-manifests`, 'manifests');
	}

	manifest(modelId: string): Promise<ModelManifest | undefined> {
		return get<ModelManifest>(modelId, this.#table);
	}

	manifests(): Promise<readonly ModelManifest[]> {
		return values<ModelManifest>(this.#table);
	}

	async putManifest(manifest: ModelManifest): Promise<void> {
		await set(manifest.id, manifest, this.#table);
	}

	async deleteManifest(modelId: string): Promise<void> {
		await del(modelId, this.#table);
	}
}
