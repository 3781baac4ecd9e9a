import { del, entries, get, set, type UseStore } from 'idb-keyval';
import { openTable } from './open-table.ts';
import { hasCode } from '../errors/app-error.ts';
import type { ModelManifest } from './model-manifest.ts';
import { parseManifest } from './parse-manifest.ts';
import { writeFailure } from './storage-full.ts';

/** More than a manifest takes. */
const MANIFEST_BYTES = 2 ** 20;

/** Manifests by model, in IndexedDB: every backend keeps them there. */
export class ManifestTable {
	readonly #table: UseStore;

	constructor(prefix: string) {
		this.#table = openTable(`${prefix}-manifests`, 'manifests');
	}

	/** Undefined too for a row that no version has written. @throws ModelTooNewError */
	async manifest(modelId: string): Promise<ModelManifest | undefined> {
		return readRow(modelId, await get<unknown>(modelId, this.#table));
	}

	/** Without those that cannot be read. */
	async manifests(): Promise<readonly ModelManifest[]> {
		const rows = await entries<string, unknown>(this.#table);
		return rows.flatMap(([modelId, row]) => {
			try {
				return readRow(modelId, row) ?? [];
			} catch (error) {
				if (hasCode(error, 'model-too-new')) return [];
				throw error;
			}
		});
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

/** @throws ModelTooNewError */
function readRow(modelId: string, row: unknown): ModelManifest | undefined {
	try {
		const manifest = parseManifest(row);
		return manifest.id === modelId ? manifest : undefined;
	} catch (error) {
		if (hasCode(error, 'manifest')) return undefined;
		throw error;
	}
}
