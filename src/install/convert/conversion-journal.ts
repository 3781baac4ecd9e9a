import type { ShardRecord } from '../../store/model-manifest.ts';

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

/** What a conversion has done so far, as it is kept. */
export interface ConversionJournal {
	/** By the name of the source file. */
	readonly files: Readonly<Record<string, FileProgress>>;
	/** Shards that are whole, by name: stored, read back, hashed. */
	readonly shards: Readonly<Record<string, ShardRecord>>;
	/** Of shards that are not whole: sums of the tensors that are stored, by shard and tensor. */
	readonly open: Readonly<Record<string, Readonly<Record<string, number>>>>;
	/** Values that FP16 holds with fewer than 11 bits, by shard. */
	readonly subnormals: Readonly<Record<string, number>>;
}
