import { BlobReader } from './blob-reader.ts';
import { ShardCorruptError, ShardMissingError, StoreBusyError } from './errors.ts';
import { ManifestTable } from './manifest-table.ts';
import type { ModelManifest } from './model-manifest.ts';
import type { InstallStore, ShardReader, ShardWriter, StoredObject } from './shard-store.ts';
import { writeFailure } from './storage-full.ts';

/** An object that is not whole yet has its name with this after it. */
const PARTIAL = '.part';

/** Declared here because TypeScript's library knows it in its worker edition only. */
interface SyncAccessHandle {
	read(into: Uint8Array<ArrayBuffer>, options: { readonly at: number }): number;
	write(bytes: Uint8Array<ArrayBuffer>, options: { readonly at: number }): number;
	truncate(size: number): void;
	getSize(): number;
	flush(): void;
	close(): void;
}

/** What file handles have beyond TypeScript's library. */
interface NewerFileHandle {
	createSyncAccessHandle(options?: {
		readonly mode: 'read-only' | 'readwrite';
	}): Promise<SyncAccessHandle>;
	move(name: string): Promise<void>;
}

/**
 * Shards as files of the origin private file system, for a dedicated worker: only there are handles that
 * read straight into memory the caller gives. Elsewhere it can read, more slowly, and not write.
 * Manifests lie in IndexedDB.
 */
export class OpfsShardStore implements InstallStore {
	readonly #manifests: ManifestTable;
	readonly #folder: string;
	/** Finding a model's folder takes 1.3 of the 2.1 ms that opening a shard took. */
	readonly #directories = new Map<string, FileSystemDirectoryHandle>();

	/** @param prefix names the folder and the manifests' database; tests use their own */
	constructor(prefix = 'shardlight') {
		this.#manifests = new ManifestTable(prefix);
		this.#folder = `${prefix}-shards`;
	}

	/** True where shards can be written: in a dedicated worker of a browser that has the file system. */
	static get available(): boolean {
		return (
			typeof FileSystemFileHandle !== 'undefined' &&
			'createSyncAccessHandle' in FileSystemFileHandle.prototype &&
			'move' in FileSystemFileHandle.prototype
		);
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
		const handle = await this.#find(modelId, fileName(object));
		if (handle === undefined) return false;
		return (await handle.getFile()).size === object.byteLength;
	}

	async put(modelId: string, object: StoredObject, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
		const writer = await this.openWriter(modelId, object);
		try {
			await writer.write(0, bytes);
			await writer.commit();
		} catch (error) {
			await writer.abort();
			throw error;
		}
	}

	async openWriter(
		modelId: string,
		object: StoredObject,
		options: { readonly keep?: boolean } = {},
	): Promise<ShardWriter> {
		const directory = await this.#directory(modelId);
		const name = fileName(object);
		try {
			if (options.keep === true) {
				const whole = await this.#find(modelId, name);
				if (whole !== undefined) await newer(whole).move(name + PARTIAL);
			} else {
				await this.delete(modelId, object);
			}
			const handle = await directory.getFileHandle(name + PARTIAL, { create: true });
			const access = await newer(handle).createSyncAccessHandle();
			try {
				// Sets the whole length, so that a disk too small shows now; the rest reads as zero.
				if (access.getSize() !== object.byteLength) access.truncate(object.byteLength);
			} catch (error) {
				access.close();
				throw error;
			}
			return new FileWriter(access, handle, directory, name);
		} catch (error) {
			throw await this.#failure(error, object);
		}
	}

	async open(modelId: string, object: StoredObject): Promise<ShardReader> {
		const handle = await this.#find(modelId, fileName(object));
		if (handle === undefined) throw new ShardMissingError(modelId, object.name);
		const checkSize = (bytes: number): void => {
			if (bytes === object.byteLength) return;
			const detail = `${bytes} bytes instead of ${object.byteLength}`;
			throw new ShardCorruptError(modelId, object.name, detail);
		};
		let access: SyncAccessHandle;
		try {
			access = await newer(handle).createSyncAccessHandle({ mode: 'read-only' });
		} catch {
			// No worker, or a browser whose handles lock the file and another reader has it.
			const file = await handle.getFile();
			checkSize(file.size);
			return new BlobReader(file, modelId, object.name);
		}
		try {
			checkSize(access.getSize());
		} catch (error) {
			access.close();
			throw error;
		}
		return new SyncReader(access, modelId, object.name);
	}

	async delete(modelId: string, object: StoredObject): Promise<void> {
		const directory = await this.#directory(modelId);
		for (const name of [fileName(object), fileName(object) + PARTIAL]) {
			try {
				await directory.removeEntry(name);
			} catch (error) {
				if (!isNamed(error, 'NotFoundError')) throw await this.#failure(error, object);
			}
		}
	}

	async deleteObjects(modelId: string): Promise<void> {
		const root = await this.#root();
		this.#directories.delete(modelId);
		try {
			await root.removeEntry(encodeURIComponent(modelId), { recursive: true });
		} catch (error) {
			if (isNamed(error, 'NotFoundError')) return;
			throw await this.#failure(error, { name: modelId, byteLength: 0 });
		}
	}

	async #root(): Promise<FileSystemDirectoryHandle> {
		const root = await navigator.storage.getDirectory();
		return root.getDirectoryHandle(this.#folder, { create: true });
	}

	async #directory(modelId: string): Promise<FileSystemDirectoryHandle> {
		const root = await this.#root();
		const name = encodeURIComponent(modelId);
		const directory = await root.getDirectoryHandle(name, { create: true });
		this.#directories.set(modelId, directory);
		return directory;
	}

	async #find(modelId: string, name: string): Promise<FileSystemFileHandle | undefined> {
		try {
			const directory = this.#directories.get(modelId) ?? (await this.#directory(modelId));
			return await directory.getFileHandle(name);
		} catch (error) {
			// Another tab may have removed the folder itself: it is looked for afresh next time.
			this.#directories.delete(modelId);
			if (isNamed(error, 'NotFoundError')) return undefined;
			throw error;
		}
	}

	async #failure(error: unknown, object: StoredObject): Promise<unknown> {
		if (isNamed(error, 'NoModificationAllowedError')) return new StoreBusyError(object.name);
		return writeFailure(error, object.byteLength);
	}
}

/** One flat folder a model: a name's slash would be a folder of its own. */
function fileName(object: StoredObject): string {
	return encodeURIComponent(object.name);
}

function newer(handle: FileSystemFileHandle): NewerFileHandle {
	return handle as unknown as NewerFileHandle;
}

function isNamed(error: unknown, name: string): boolean {
	return error instanceof DOMException && error.name === name;
}

class FileWriter implements ShardWriter {
	readonly #access: SyncAccessHandle;
	readonly #handle: FileSystemFileHandle;
	readonly #directory: FileSystemDirectoryHandle;
	readonly #name: string;

	constructor(
		access: SyncAccessHandle,
		handle: FileSystemFileHandle,
		directory: FileSystemDirectoryHandle,
		name: string,
	) {
		this.#access = access;
		this.#handle = handle;
		this.#directory = directory;
		this.#name = name;
	}

	async write(byteOffset: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
		try {
			const written = this.#access.write(bytes, { at: byteOffset });
			if (written !== bytes.byteLength) {
				throw new DOMException(`${written} bytes written`, 'QuotaExceededError');
			}
		} catch (error) {
			throw await writeFailure(error, bytes.byteLength);
		}
	}

	async flush(): Promise<void> {
		try {
			this.#access.flush();
		} catch (error) {
			throw await writeFailure(error, this.#access.getSize());
		}
	}

	async commit(): Promise<void> {
		await this.flush();
		this.#access.close();
		await newer(this.#handle).move(this.#name);
	}

	async park(): Promise<void> {
		await this.flush();
		this.#access.close();
	}

	async abort(): Promise<void> {
		this.#access.close();
		try {
			await this.#directory.removeEntry(this.#name + PARTIAL);
		} catch (error) {
			if (!isNamed(error, 'NotFoundError')) throw error;
		}
	}
}

class SyncReader implements ShardReader {
	readonly #access: SyncAccessHandle;
	readonly #modelId: string;
	readonly #name: string;

	constructor(access: SyncAccessHandle, modelId: string, name: string) {
		this.#access = access;
		this.#modelId = modelId;
		this.#name = name;
	}

	/** Reads before it returns: straight into the caller's memory, a mapped GPU buffer included. */
	read(byteOffset: number, into: Uint8Array): Promise<void> {
		let filled = 0;
		try {
			while (filled < into.byteLength) {
				const target = into.subarray(filled) as Uint8Array<ArrayBuffer>;
				const count = this.#access.read(target, { at: byteOffset + filled });
				if (count === 0) break;
				filled += count;
			}
		} catch (error) {
			return Promise.reject(new ShardCorruptError(this.#modelId, this.#name, String(error)));
		}
		if (filled === into.byteLength) return Promise.resolve();
		const detail = `it ends at byte ${byteOffset + filled}`;
		return Promise.reject(new ShardCorruptError(this.#modelId, this.#name, detail));
	}

	close(): void {
		this.#access.close();
	}
}
