import { BlobReader } from './blob-reader.ts';
import { ShardCorruptError, ShardMissingError, StoreBusyError } from './errors.ts';
import { ManifestTable } from './manifest-table.ts';
import type { ModelManifest } from './model-manifest.ts';
import { moveFile } from './move-file.ts';
import type { InstallStore, ShardReader, ShardWriter, StoredObject } from './shard-store.ts';
import { writeFailure } from './storage-full.ts';

/** An object that is not whole yet has its name with this after it. */
const PARTIAL = '.part';
/**
 * Chromium grants room to large files in steps of so many bytes: a file of 140 MB takes 268 MB of the quota
 * while it is open.
 */
const GRANT_BYTES = 2 ** 27;

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
	/** Of the file that asks for room: it lives for some milliseconds, or until the next start after a crash. */
	readonly #reservation: string;
	/** Finding a model's folder takes 1.3 of the 2.1 ms that opening a shard took. */
	readonly #directories = new Map<string, FileSystemDirectoryHandle>();

	/** @param prefix names the folder and the manifests' database; tests use their own */
	constructor(prefix = 'shardlight') {
		this.#manifests = new ManifestTable(prefix);
		this.#folder = `${prefix}-shards`;
		this.#reservation = `${prefix}-reservation`;
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

	/**
	 * Gives a file the length and deletes it: that is answered from the quota that is enforced, in
	 * milliseconds, whatever the length. The estimate of the browser says nothing (StorageFullError).
	 */
	async checkRoom(_modelId: string, byteLength: number): Promise<void> {
		// Rounded down: what is refused for the last step only may fit all the same.
		const askedBytes = Math.floor(byteLength / GRANT_BYTES) * GRANT_BYTES;
		if (askedBytes === 0) return;
		await this.#withReservation(async (root) => {
			const handle = await root.getFileHandle(this.#reservation, { create: true });
			const access = await newer(handle).createSyncAccessHandle();
			try {
				setLength(access, askedBytes);
			} catch (error) {
				throw writeFailure(error, byteLength);
			} finally {
				access.close();
			}
		});
	}

	/** Deletes what a crash in the middle of `checkRoom` left, which counts as used. */
	async forgetReservation(): Promise<void> {
		await this.#withReservation(async () => undefined);
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
				if (whole !== undefined) await moveFile(newer(whole), name + PARTIAL);
			} else {
				await this.delete(modelId, object);
			}
			const handle = await directory.getFileHandle(name + PARTIAL, { create: true });
			const access = await newer(handle).createSyncAccessHandle();
			try {
				// Sets the whole length, so that a disk too small shows now; the rest reads as zero.
				setLength(access, object.byteLength);
			} catch (error) {
				access.close();
				throw error;
			}
			return new FileWriter(access, handle, directory, name);
		} catch (error) {
			throw this.#failure(error, object);
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
				await removeIfThere(directory, name);
			} catch (error) {
				throw this.#failure(error, object);
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
			throw this.#failure(error, { name: modelId, byteLength: 0 });
		}
	}

	/** One at a time, in all tabs. */
	async #withReservation(ask: (root: FileSystemDirectoryHandle) => Promise<void>): Promise<void> {
		await navigator.locks.request(this.#reservation, async () => {
			const root = await navigator.storage.getDirectory();
			try {
				await ask(root);
			} finally {
				await removeIfThere(root, this.#reservation);
			}
		});
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

	#failure(error: unknown, object: StoredObject): unknown {
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

/** Where there is no room for it, a private window of Chromium leaves the length as it was and says nothing. */
function setLength(access: SyncAccessHandle, byteLength: number): void {
	if (access.getSize() === byteLength) return;
	access.truncate(byteLength);
	if (access.getSize() !== byteLength) throw noSpace(`The length is ${access.getSize()}`);
}

function noSpace(detail: string): DOMException {
	return new DOMException(detail, 'QuotaExceededError');
}

async function removeIfThere(directory: FileSystemDirectoryHandle, name: string): Promise<void> {
	try {
		await directory.removeEntry(name);
	} catch (error) {
		if (!isNamed(error, 'NotFoundError')) throw error;
	}
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
			// On a disk that fills up Chromium writes what still fits, and fails at the next write only. A private
			// window does not fail at all: it says that 4294967288 bytes were written, which is -8, for no space.
			for (let written = 0; written < bytes.byteLength;) {
				const rest = bytes.subarray(written);
				const count = this.#access.write(rest, { at: byteOffset + written });
				if (count === 0 || count > rest.byteLength) throw noSpace(`${count} bytes were written`);
				written += count;
			}
		} catch (error) {
			throw writeFailure(error, bytes.byteLength);
		}
	}

	async flush(): Promise<void> {
		try {
			this.#access.flush();
		} catch (error) {
			throw writeFailure(error, this.#access.getSize());
		}
	}

	async commit(): Promise<void> {
		await this.park();
		await moveFile(newer(this.#handle), this.#name);
	}

	async park(): Promise<void> {
		try {
			await this.flush();
		} finally {
			// On a full disk too: an open handle would keep everybody else from the file.
			this.#access.close();
		}
	}

	async abort(): Promise<void> {
		this.#access.close();
		await removeIfThere(this.#directory, this.#name + PARTIAL);
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
