import type { FileRecord, ModelManifest } from './model-manifest.ts';

/** An open shard. */
export interface ShardReader {
	/** Fills `into` with the bytes at `byteOffset`. @throws ShardCorruptError if they cannot be read */
	read(byteOffset: number, into: Uint8Array): Promise<void>;
	close(): void;
}

/**
 * Where installed models live. An object is written whole or not at all, and a model's manifest is
 * written last: a model that has one is complete.
 */
export interface ShardStore {
	manifest(modelId: string): Promise<ModelManifest | undefined>;
	putManifest(manifest: ModelManifest): Promise<void>;
	/** True if the object is stored with exactly the recorded length. */
	has(modelId: string, record: FileRecord): Promise<boolean>;
	/** @throws StorageFullError */
	put(modelId: string, record: FileRecord, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
	/** @throws ShardMissingError, ShardCorruptError if the length is not the recorded one */
	open(modelId: string, record: FileRecord): Promise<ShardReader>;
	delete(modelId: string, record: FileRecord): Promise<void>;
	deleteManifest(modelId: string): Promise<void>;
}
