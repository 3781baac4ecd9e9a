import type { Adapter, AdapterInUse } from '../../adapters/adapter.ts';
import { type AdapterArchitecture, adapterArchitecture } from '../../adapters/architecture.ts';
import { readAdapter } from '../../adapters/read-adapter.ts';
import { type AdapterRecord, ADAPTERS_FOLDER } from '../../install/adapters/adapter-record.ts';
import { IndexedDbAdapterTable } from '../../install/adapters/adapter-table.ts';
import { readStoredHeader } from '../../install/checkpoint/read-header.ts';
import type { InstalledModel } from '../../pipeline/installed-model.ts';
import { contentHash } from '../../recipe/content-hash.ts';
import type { AdapterUse } from '../../recipe/recipe-settings.ts';
import type { ShardReader, ShardStore } from '../../store/shard-store.ts';
import { AdapterMissingError } from '../errors.ts';
import { findAdapter } from './find-adapter.ts';

/** The adapters of one picture, their files open. */
export interface OpenAdapters extends Disposable {
	readonly inUse: readonly AdapterInUse[];
	/** As the recipe has them, with the hashes and names of the files that were found. */
	readonly uses: readonly AdapterUse[];
}

interface Chosen {
	readonly use: AdapterUse;
	readonly record: AdapterRecord;
}

/** Takes installed adapters from the store. What a file changes of a model is worked out once. */
export class AdapterShelf {
	readonly #store: ShardStore;
	readonly #table = new IndexedDbAdapterTable();
	readonly #read = new Map<string, Adapter>();

	constructor(store: ShardStore) {
		this.#store = store;
	}

	/**
	 * One of strength 0 counts as not chosen, whether it is there or not.
	 *
	 * @throws AdapterMissingError that names all that are not installed
	 * @throws AdapterError for one that was made for another model
	 */
	async open(
		uses: readonly AdapterUse[],
		{ model, manifest }: Pick<InstalledModel, 'model' | 'manifest'>,
	): Promise<OpenAdapters> {
		const { adaptable } = model;
		// Whoever draws refuses what the model cannot do.
		if (adaptable === undefined) return { inUse: [], uses, [Symbol.dispose]: () => undefined };
		const chosen = await this.#find(uses.filter(({ strength }) => strength !== 0));
		const readers: ShardReader[] = [];
		const close = (): void => readers.forEach((reader) => reader.close());
		try {
			const inUse: AdapterInUse[] = [];
			const architecture = adapterArchitecture(manifest.family, adaptable);
			for (const { record, use } of chosen) {
				const { object: name, byteLength, hash } = record;
				const reader = await this.#store.open(ADAPTERS_FOLDER, { name, byteLength });
				readers.push(reader);
				const adapter = await this.#readAgainst(architecture, record, reader);
				inUse.push({ hash, adapter, reader, strength: use.strength });
			}
			return { inUse, uses: chosen.map(named), [Symbol.dispose]: close };
		} catch (error) {
			close();
			throw error;
		}
	}

	async #find(uses: readonly AdapterUse[]): Promise<readonly Chosen[]> {
		if (uses.length === 0) return [];
		const records = await this.#table.records();
		const found = uses.map((use) => ({ use, record: findAdapter(records, use)?.record }));
		const missing = found.filter(({ record }) => record === undefined).map(({ use }) => use);
		if (missing.length > 0) throw new AdapterMissingError(missing);
		return found.flatMap(({ use, record }) => (record === undefined ? [] : [{ use, record }]));
	}

	async #readAgainst(
		{ key, table }: AdapterArchitecture,
		{ hash, byteLength }: AdapterRecord,
		reader: ShardReader,
	): Promise<Adapter> {
		const known = this.#read.get(`${hash} ${key}`);
		if (known !== undefined) return known;
		const header = await readStoredHeader(reader, byteLength);
		const adapter = await readAdapter(header, table, reader);
		this.#read.set(`${hash} ${key}`, adapter);
		return adapter;
	}
}

function named({ use: { strength }, record }: Chosen): AdapterUse {
	const hash = contentHash(record.hash);
	return { ...(hash && { hash }), name: record.name, strength };
}
