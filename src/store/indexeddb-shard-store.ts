import { get, promisifyRequest, set, type UseStore } from 'idb-keyval';
import { openTable } from './open-table.ts';
import { BlobReader } from './blob-reader.ts';
import { ShardCorruptError, ShardMissingError } from './errors.ts';
import { ManifestTable } from './manifest-table.ts';
import type { ModelManifest } from './model-manifest.ts';
import type { InstallStore, ShardReader, ShardWriter, StoredObject } from './shard-store.ts';
import { writeFailure } from './storage-full.ts';

/** Stands between an object's key and the offset of a part: no name of an object holds it. */
const PART = '#';
/** Sorts behind every offset. */
const AFTER_PARTS = '\uffff';

/** A piece of an object, a record of its own under the key of the object, PART and the offset. */
interface Part {
	readonly byteOffset: number;
	readonly byteLength: number;
}

/** The value of an object that was written in pieces. An object written at once is a Blob. */
interface PartList {
	readonly byteLength: number;
	/** Ascending, not overlapping. */
	readonly parts: readonly Part[];
}

/**
 * The store that every browser has. Objects are Blobs, not ArrayBuffers: IndexedDB hands a Blob out as
 * a reference to a file, so a range can be read without loading the rest.
 */
export class IndexedDbShardStore implements InstallStore {
	readonly #manifests: ManifestTable;
	readonly #objects: UseStore;

	/** @param prefix of the database names; tests use their own */
	constructor(prefix = 'shardlight') {
		this.#manifests = new ManifestTable(prefix);
		this.#objects = openTable(`${prefix}-shards`, 'shards');
	}

	manifest(modelId: string): Promise<ModelManifest | undefined> {
		return this.#manifests.manifest(modelId);
	}

	manifests(): Promise<readonly ModelManifest[]> {
		return this.#manifests.manifests();
	}

	putManifest(manifest: ModelManifest): Promise<void> {
		return this.#manifests.putManifest(manifest);
	}

	deleteManifest(modelId: string): Promise<void> {
		return this.#manifests.deleteManifest(modelId);
	}

	async has(modelId: string, object: StoredObject): Promise<boolean> {
		const stored = await get<Blob | PartList>(objectKey(modelId, object), this.#objects);
		return stored !== undefined && sizeOf(stored) === object.byteLength;
	}

	async put(modelId: string, object: StoredObject, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
		const key = objectKey(modelId, object);
		try {
			await set(key, new Blob([bytes]), this.#objects);
			await this.#deleteRange(key + PART, key + PART + AFTER_PARTS);
		} catch (error) {
			throw writeFailure(error, object.byteLength);
		}
	}

	async checkRoom(): Promise<void> {
		// IndexedDB reserves nothing: a write tells.
	}

	async openWriter(
		modelId: string,
		object: StoredObject,
		options: { readonly keep?: boolean } = {},
	): Promise<ShardWriter> {
		const key = objectKey(modelId, object);
		if (options.keep !== true) await this.delete(modelId, object);
		else await this.#objects('readwrite', (table) => promisifyRequest(table.delete(key)));
		return new PartWriter(this.#objects, key, object.byteLength, () =>
			this.delete(modelId, object),
		);
	}

	async open(modelId: string, object: StoredObject): Promise<ShardReader> {
		const key = objectKey(modelId, object);
		const stored = await get<Blob | PartList>(key, this.#objects);
		if (stored === undefined) throw new ShardMissingError(modelId, object.name);
		if (sizeOf(stored) !== object.byteLength) {
			const detail = `${sizeOf(stored)} bytes instead of ${object.byteLength}`;
			throw new ShardCorruptError(modelId, object.name, detail);
		}
		return stored instanceof Blob
			? new BlobReader(stored, modelId, object.name)
			: new PartReader(this.#objects, key, stored.parts, modelId, object.name);
	}

	async delete(modelId: string, object: StoredObject): Promise<void> {
		const key = objectKey(modelId, object);
		await this.#objects('readwrite', (table) => promisifyRequest(table.delete(key)));
		await this.#deleteRange(key + PART, key + PART + AFTER_PARTS);
	}

	async deleteObjects(modelId: string): Promise<void> {
		await this.#deleteRange(`${modelId}/`, `${modelId}/${AFTER_PARTS}`);
	}

	async #deleteRange(from: string, to: string): Promise<void> {
		await this.#objects('readwrite', (table) =>
			promisifyRequest(table.delete(IDBKeyRange.bound(from, to))),
		);
	}
}

function objectKey(modelId: string, object: StoredObject): string {
	return `${modelId}/${object.name}`;
}

function partKey(key: string, byteOffset: number): string {
	// Keys sort as text: equal lengths make that the order of the offsets.
	return `${key}${PART}${String(byteOffset).padStart(16, '0')}`;
}

function sizeOf(stored: Blob | PartList): number {
	return stored instanceof Blob ? stored.size : stored.byteLength;
}

/** Every piece becomes a record, so that nothing is written twice and a crash takes nothing away. */
class PartWriter implements ShardWriter {
	readonly #table: UseStore;
	readonly #key: string;
	readonly #byteLength: number;
	readonly #forget: () => Promise<void>;

	constructor(table: UseStore, key: string, byteLength: number, forget: () => Promise<void>) {
		this.#table = table;
		this.#key = key;
		this.#byteLength = byteLength;
		this.#forget = forget;
	}

	async write(byteOffset: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
		if (bytes.byteLength === 0) return;
		try {
			await set(partKey(this.#key, byteOffset), new Blob([bytes]), this.#table);
		} catch (error) {
			throw writeFailure(error, bytes.byteLength);
		}
	}

	async flush(): Promise<void> {
		// Every write was a transaction of its own, and is complete.
	}

	async commit(): Promise<void> {
		const from = this.#key + PART;
		const parts: Part[] = [];
		const read = async (table: IDBObjectStore) => {
			const range = IDBKeyRange.bound(from, from + AFTER_PARTS);
			// Asked for together: a transaction ends when it has nothing to do for a moment.
			const [keys, blobs] = await Promise.all([
				promisifyRequest(table.getAllKeys(range) as IDBRequest<string[]>),
				promisifyRequest(table.getAll(range) as IDBRequest<Blob[]>),
			]);
			for (const [index, key] of keys.entries()) {
				const byteLength = blobs[index]?.size ?? 0;
				parts.push({ byteOffset: Number(key.slice(from.length)), byteLength });
			}
		};
		await this.#table('readonly', read);
		const list: PartList = { byteLength: this.#byteLength, parts };
		try {
			await set(this.#key, list, this.#table);
		} catch (error) {
			throw writeFailure(error, this.#byteLength);
		}
	}

	async park(): Promise<void> {
		// The parts wait under their keys.
	}

	async abort(): Promise<void> {
		await this.#forget();
	}
}

class PartReader implements ShardReader {
	readonly #table: UseStore;
	readonly #key: string;
	readonly #parts: readonly Part[];
	readonly #modelId: string;
	readonly #name: string;

	constructor(table: UseStore, key: string, parts: readonly Part[], modelId: string, name: string) {
		this.#table = table;
		this.#key = key;
		this.#parts = parts;
		this.#modelId = modelId;
		this.#name = name;
	}

	async read(byteOffset: number, into: Uint8Array): Promise<void> {
		const end = byteOffset + into.byteLength;
		let filled = byteOffset;
		for (const part of this.#parts) {
			const partEnd = part.byteOffset + part.byteLength;
			if (partEnd <= filled) continue;
			if (part.byteOffset >= end) break;
			const from = Math.max(part.byteOffset, filled);
			into.fill(0, filled - byteOffset, from - byteOffset);
			const to = Math.min(partEnd, end);
			const blob = await get<Blob>(partKey(this.#key, part.byteOffset), this.#table);
			if (blob?.size !== part.byteLength) {
				throw new ShardCorruptError(
					this.#modelId,
					this.#name,
					`its part at byte ${part.byteOffset} is gone`,
				);
			}
			const reader = new BlobReader(blob, this.#modelId, this.#name);
			await reader.read(from - part.byteOffset, into.subarray(from - byteOffset, to - byteOffset));
			filled = to;
		}
		into.fill(0, filled - byteOffset);
	}

	close(): void {
		// Blobs hold no lock: there is nothing to give back.
	}
}
