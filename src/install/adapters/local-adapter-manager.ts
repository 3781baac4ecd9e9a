import { type AdapterArchitecture, adapterArchitecture } from '../../adapters/architecture.ts';
import { isAppError } from '../../errors/app-error.ts';
import type { ModelConfigs } from '../../families/parts/model-configs.ts';
import type { PublishedModel } from '../../families/parts/published-model.ts';
import { buildModel } from '../../families/registry.ts';
import type { PlacedShardStore } from '../../store/placed-shard-store.ts';
import { HashWorkers } from '../hash/hash-workers.ts';
import { fileStreamSource } from '../sources/file-stream-source.ts';
import { openUrl } from '../sources/http/open-url.ts';
import type { StreamSource } from '../stream-source.ts';
import { type AdapterRecord, ADAPTERS_FOLDER } from './adapter-record.ts';
import type { AdapterTable } from './adapter-table.ts';
import { installAdapter } from './install-adapter.ts';

/** Where an adapter's file comes from. */
export type AdapterSource =
	| {
			readonly type: 'file';
			/** Among the chosen files. */
			readonly path: string;
			readonly file: File | FileSystemFileHandle;
	  }
	| { readonly type: 'url'; readonly url: string };

/** How much of a file is stored. */
export interface AdapterProgress {
	readonly bytesDone: number;
	readonly bytesTotal: number;
}

/** One tab at a time: what a crash left is removed before the next file, and must be nobody's. */
const LOCK = 'shardlight-adapters';

/** Installs, lists and removes adapters, in a dedicated worker: only there can OPFS be written to. */
export class LocalAdapterManager {
	readonly #store: PlacedShardStore;
	readonly #table: AdapterTable;
	readonly #published: readonly PublishedModel[];

	constructor(store: PlacedShardStore, table: AdapterTable, published: readonly PublishedModel[]) {
		this.#store = store;
		this.#table = table;
		this.#published = published;
	}

	/** The newest first. */
	records(): Promise<readonly AdapterRecord[]> {
		return this.#table.records();
	}

	/** `data:` address of a picture. */
	thumbnail(hash: string): Promise<string | undefined> {
		return this.#table.thumbnail(hash);
	}

	/** @throws what `installAdapter` throws */
	async install(
		source: AdapterSource,
		onProgress: (progress: AdapterProgress) => void,
		signal: AbortSignal,
	): Promise<AdapterRecord> {
		const opened = await open(source, signal);
		return navigator.locks.request(LOCK, { signal }, async () => {
			using hashers = new HashWorkers(this.#store.prefix);
			if ((await this.#store.placement(ADAPTERS_FOLDER)) === undefined) {
				await this.#store.place(ADAPTERS_FOLDER, this.#store.backends[0] ?? 'indexeddb');
			}
			return installAdapter(opened, {
				store: this.#store,
				table: this.#table,
				architectures: await this.#architectures(),
				startHasher: hashers.start,
				signal,
				onBytes: (bytesDone) => onProgress({ bytesDone, bytesTotal: opened.byteLength }),
			});
		});
	}

	rename(hash: string, title: string): Promise<void> {
		return this.#table.rename(hash, title);
	}

	/** @throws StoreBusyError while a picture is drawn with it */
	async delete(hash: string): Promise<void> {
		const record = await this.#table.record(hash);
		if (record === undefined) return;
		const { object: name, byteLength } = record;
		await this.#store.delete(ADAPTERS_FOLDER, { name, byteLength });
		await this.#table.delete(hash);
	}

	/** Of the published models first: refusals name them. */
	async #architectures(): Promise<readonly AdapterArchitecture[]> {
		const installed = await this.#store.manifests();
		const published = this.#published.map(({ card, configs }) =>
			architectureOf(card.family, configs),
		);
		const found = [
			...published,
			...installed.map(({ family, configs }) => architectureOf(family, configs)),
		].filter((architecture) => architecture !== undefined);
		return [...new Map(found.map((each) => [each.key, each])).values()];
	}
}

/** Undefined for a model that cannot be adapted, or that only a newer version of this app knows. */
function architectureOf(family: string, configs: ModelConfigs): AdapterArchitecture | undefined {
	try {
		const { adaptable } = buildModel(family, configs);
		return adaptable && adapterArchitecture(family, adaptable);
	} catch (error) {
		if (isAppError(error)) return undefined;
		throw error;
	}
}

async function open(source: AdapterSource, signal: AbortSignal): Promise<StreamSource> {
	if (source.type === 'url') return openUrl(source.url, signal);
	const { path, file } = source;
	return fileStreamSource(path, file instanceof File ? file : await file.getFile());
}
