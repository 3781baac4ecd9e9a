import type { FileRecord, ModelManifest } from './model-manifest.ts';

/** An open shard. */
export interface ShardReader {
	/**
	 * Fills `into` with the bytes at `byteOffset`. The work may be done before the call returns.
	 *
	 * @throws ShardCorruptError if they cannot be read
	 */
	read(byteOffset: number, into: Uint8Array): Promise<void>;
	close(): void;
}

/** What a store needs to know of an object: its name within the model and its length. */
export type StoredObject = Pick<FileRecord, 'name' | 'byteLength'>;

/**
 * An object that is being written, in pieces of any order. Bytes that no piece covers are zero. Nothing
 * of it shows in `has` or `open` before `commit`.
 */
export interface ShardWriter {
	/** `bytes` may be used again once the promise resolves. @throws StorageFullError */
	write(byteOffset: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
	/** Puts everything written so far where a crash of the browser does not reach it. */
	flush(): Promise<void>;
	/** Makes the object whole, and closes the writer. */
	commit(): Promise<void>;
	/** Closes the writer; what was written waits for an `openWriter` with `keep`. */
	park(): Promise<void>;
	/** Closes the writer and forgets what was written. */
	abort(): Promise<void>;
}

/**
 * Where installed models live. An object is seen whole or not at all, and a model's manifest is
 * written last: a model that has one is complete.
 */
export interface ShardStore {
	/** Of whatever version it was written in. @throws ModelTooNewError */
	manifest(modelId: string): Promise<ModelManifest | undefined>;
	/** Of all models that are complete, sorted by id, but for those that are too new. */
	manifests(): Promise<readonly ModelManifest[]>;
	/** @throws StorageFullError */
	putManifest(manifest: ModelManifest): Promise<void>;
	/** True if the object is stored with exactly the recorded length. */
	has(modelId: string, object: StoredObject): Promise<boolean>;
	/** @throws StorageFullError */
	put(modelId: string, object: StoredObject, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
	/** @throws ShardMissingError, ShardCorruptError if the length is not the recorded one */
	open(modelId: string, object: StoredObject): Promise<ShardReader>;
	/** Removes the object, or what was written of it. */
	delete(modelId: string, object: StoredObject): Promise<void>;
	deleteManifest(modelId: string): Promise<void>;
}

/** A store that shards can be written to in pieces. */
export interface InstallStore extends ShardStore {
	/**
	 * Asks whether so many bytes more may be stored for the model. A store that only a write can tell
	 * resolves; so does one whose quota grants the bytes although the disk has not as many.
	 *
	 * @throws StorageFullError
	 */
	checkRoom(modelId: string, byteLength: number): Promise<void>;
	/**
	 * Starts an object, or goes on with one that was parked, left by a crash or committed.
	 *
	 * @param options.keep keeps what is there of it; otherwise it is removed first
	 * @throws StoreBusyError while someone else writes it
	 */
	openWriter(
		modelId: string,
		object: StoredObject,
		options?: { readonly keep?: boolean },
	): Promise<ShardWriter>;
	/** Removes all objects of a model, whole or not. Its manifest stays. */
	deleteObjects(modelId: string): Promise<void>;
}
