import { del, get, keys, set, update, type UseStore, values } from 'idb-keyval';
import { openTable } from '../../store/open-table.ts';
import { writeFailure } from '../../store/storage-full.ts';
import type { AdapterRecord } from './adapter-record.ts';

/** Rows of installed adapters, by hash. */
export interface AdapterTable {
	/** The newest first. */
	records(): Promise<readonly AdapterRecord[]>;
	record(hash: string): Promise<AdapterRecord | undefined>;
	thumbnail(hash: string): Promise<string | undefined>;
	/** @throws StorageFullError */
	put(record: AdapterRecord, thumbnail: string | undefined): Promise<void>;
	rename(hash: string, title: string): Promise<void>;
	delete(hash: string): Promise<void>;
	/** Writes down that an object is being written: if that ends in a crash, `begun` still names it. */
	begin(object: string): Promise<void>;
	end(object: string): Promise<void>;
	/** Names of objects that were begun and not ended. */
	begun(): Promise<readonly string[]>;
}

/** More than a row and its thumbnail take. */
const ROW_BYTES = 2 ** 20;

/** Thumbnails lie apart from the rows: a list of hundreds reads no picture before it is in view. */
export class IndexedDbAdapterTable implements AdapterTable {
	readonly #rows: UseStore;
	readonly #thumbnails: UseStore;
	readonly #begun: UseStore;

	/** @param prefix of database names; tests use their own */
	constructor(prefix = 'shardlight') {
		// GPUs are adapters too, and `-adapters` is what is noted of them.
		this.#rows = openTable(`${prefix}-installed-adapters`, 'adapters');
		this.#thumbnails = openTable(`${prefix}-adapter-thumbnails`, 'thumbnails');
		this.#begun = openTable(`${prefix}-adapter-installs`, 'installs');
	}

	async records(): Promise<readonly AdapterRecord[]> {
		const rows = await values<AdapterRecord>(this.#rows);
		return rows.filter(isKnown).sort((one, other) => other.addedAt - one.addedAt);
	}

	async record(hash: string): Promise<AdapterRecord | undefined> {
		const row = await get<AdapterRecord>(hash, this.#rows);
		return row !== undefined && isKnown(row) ? row : undefined;
	}

	thumbnail(hash: string): Promise<string | undefined> {
		return get<string>(hash, this.#thumbnails);
	}

	async put(record: AdapterRecord, thumbnail: string | undefined): Promise<void> {
		try {
			if (thumbnail !== undefined) await set(record.hash, thumbnail, this.#thumbnails);
			await set(record.hash, record, this.#rows);
		} catch (error) {
			throw writeFailure(error, ROW_BYTES);
		}
	}

	async rename(hash: string, title: string): Promise<void> {
		// Another tab may have deleted it meanwhile: what is not there is not made.
		if ((await this.record(hash)) === undefined) return;
		await update<AdapterRecord>(hash, (row) => ({ ...(row as AdapterRecord), title }), this.#rows);
	}

	async delete(hash: string): Promise<void> {
		await del(hash, this.#rows);
		await del(hash, this.#thumbnails);
	}

	begin(object: string): Promise<void> {
		return set(object, true, this.#begun);
	}

	end(object: string): Promise<void> {
		return del(object, this.#begun);
	}

	begun(): Promise<readonly string[]> {
		return keys<string>(this.#begun);
	}
}

/** A newer version of this app may have written others. */
function isKnown({ version }: { readonly version: number }): boolean {
	return version === 1;
}
