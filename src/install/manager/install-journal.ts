import type { FileRecord } from '../../store/model-manifest.ts';
import type { ConversionJournal } from '../convert/conversion-journal.ts';
import type { InstallSource } from './install-manager.ts';

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
export interface InstallJournal extends ConversionJournal {
	/** Of this structure; another number is another structure, and the install starts anew. */
	readonly version: 1;
	readonly modelId: string;
	readonly source: KeptSource;
	/** For people. */
	readonly origin: string;
	/** Bytes of the whole model in the store once it is installed, as far as known. */
	readonly installedBytes: number;
	/** Tokenizer files, or shards that come converted. */
	readonly objects: Readonly<Record<string, FileRecord>>;
}

/** Keeps journals where a crash does not reach them. */
export interface JournalTable {
	load(modelId: string): Promise<InstallJournal | undefined>;
	save(journal: InstallJournal): Promise<void>;
	delete(modelId: string): Promise<void>;
}
