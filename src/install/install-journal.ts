import type { FileRecord, ShardRecord } from '../store/model-manifest.ts';
import type { InstallSource } from './install-manager.ts';

/** How far a source file has been read. */
export interface FileProgress {
	/** Of the source when it was begun, see `StreamSource`. */
	readonly identity: string;
	/** Every tensor that ends before it is in the store, whether its shard is whole or not. */
	readonly byteOffset: number;
	/** Of the bytes before `byteOffset`; undefined where the hasher cannot save. */
	readonly hashState?: Uint8Array;
	/** Of the whole file, once it has been read to its end. */
	readonly sha256?: string;
}

/** The source as a later session can open it. Chosen files are kept only as handles. */
export type KeptSource =
	| Exclude<InstallSource, { readonly type: 'files' }>
	| {
			readonly type: 'files';
			readonly handles: readonly {
				readonly path: string;
				readonly file: FileSystemFileHandle;
			}[];
			/** False if some files came without a handle. */
			readonly complete: boolean;
	  };

/** What an install has done so far; a later session goes on from it. */
export interface InstallJournal {
	/** Of this structure; another number is another structure, and the install starts anew. */
	readonly version: 1;
	readonly modelId: string;
	readonly source: KeptSource;
	/** For people. */
	readonly origin: string;
	/** Bytes of the whole model in the store once it is installed, as far as known. */
	readonly installedBytes: number;
	/** By the name of the source file. */
	readonly files: Readonly<Record<string, FileProgress>>;
	/** Shards that are whole, by name: stored, read back, hashed. */
	readonly shards: Readonly<Record<string, ShardRecord>>;
	/** Of shards that are not whole: sums of the tensors that are stored, by shard and tensor. */
	readonly open: Readonly<Record<string, Readonly<Record<string, number>>>>;
	/** Tokenizer files, or shards that come converted. */
	readonly objects: Readonly<Record<string, FileRecord>>;
	/** Values that FP16 holds with fewer than 11 bits, by shard. */
	readonly subnormals: Readonly<Record<string, number>>;
}

/** Keeps journals where a crash does not reach them. */
export interface JournalTable {
	load(modelId: string): Promise<InstallJournal | undefined>;
	save(journal: InstallJournal): Promise<void>;
	delete(modelId: string): Promise<void>;
}
