import { proxy, type ProxyMarked } from 'comlink';
import { hasCode } from '../../errors/app-error.ts';
import type { PublishedModel } from '../../families/parts/published-model.ts';
import { buildModel, FAMILIES } from '../../families/registry.ts';
import { shardLayout } from '../../families/parts/shard-layout.ts';
import { ModelNotInstalledError, StorageFullError } from '../../store/errors.ts';
import {
	type FileRecord,
	manifestBytes,
	manifestObjects,
	type ModelManifest,
} from '../../store/model-manifest.ts';
import { PlacedShardStore } from '../../store/placed-shard-store.ts';
import { probeBackend } from '../../store/probe-backend.ts';
import type { InstallStore } from '../../store/shard-store.ts';
import type { BackendSpeed, StoreBackend } from '../../store/store-backend.ts';
import { IndexedDbAdapterTable } from '../adapters/adapter-table.ts';
import { LocalAdapterManager } from '../adapters/local-adapter-manager.ts';
import { DownloadError, InstallBusyError, SourceNeededError } from '../errors.ts';
import { BUNDLED_MODELS, bundledFolder } from './bundled-models.ts';
import { fileStreamSource } from '../sources/file-stream-source.ts';
import { HashWorkers } from '../hash/hash-workers.ts';
import type { HttpSourceOptions } from '../sources/http/http-stream-source.ts';
import { RETRY_POLICY, type RetryPolicy } from '../sources/http/retry-policy.ts';
import { IndexedDbJournalTable } from './indexeddb-journal-table.ts';
import type { InstallJournal, JournalTable, KeptSource } from './install-journal.ts';
import { modelsBeingInstalled, withInstallLock } from './install-lock.ts';
import type {
	CheckReport,
	InstallManager,
	InstallOptions,
	InstallOutcome,
	InstallSource,
	ManagedModel,
	ManagerEvent,
	ModelOffer,
	ModelState,
	StorageOverview,
} from './install-manager.ts';
import {
	type InstallListener,
	installModel,
	type InstallModelOptions,
	repairModel,
} from './install-model.ts';
import { installShards, repairShards } from './install-shards.ts';
import type { ModelSource } from '../sources/model-source.ts';
import { moveObject } from './move-object.ts';
import { openShardFolder } from '../sources/open-shard-folder.ts';
import { openFiles } from '../sources/open-files.ts';
import { fetchTokenizer, openPublished } from '../sources/open-published.ts';
import { downloadBytes, HUB_URL, MIRROR_PRESET_URL, publishedUrl } from '../sources/hub.ts';
import { sayNeededBytes } from './say-needed-bytes.ts';
import { type MirrorProbe, probeMirror } from '../sources/probe-mirror.ts';
import type { StreamSource } from '../stream-source.ts';
import { TransferMeter } from './transfer-meter.ts';

export interface LocalInstallManagerOptions {
	/** Absolute URL of the folder that holds one folder of converted shards per model that comes with the page. */
	readonly modelsUrl: string;
	/** Identifiers of those models, where they are others than `BUNDLED_MODELS`. */
	readonly bundled?: readonly string[];
	readonly published?: readonly PublishedModel[];
	readonly hubUrl?: string;
	readonly store?: PlacedShardStore;
	readonly journals?: JournalTable;
	readonly policy?: RetryPolicy;
}

interface StoredModel {
	/** Undefined where it is not installed, or cannot be read. */
	readonly manifest: ModelManifest | undefined;
	readonly isTooNew: boolean;
}

type Listener = (event: ManagerEvent) => void;

/** What one running operation has at hand. */
interface Operation {
	readonly signal: AbortSignal;
	readonly store: InstallStore;
	readonly listener: InstallListener;
	readonly http: Pick<HttpSourceOptions, 'policy' | 'signal' | 'onRetry' | 'onRangeIgnored'>;
	readonly hashers: HashWorkers;
}

/** The install manager itself, in a dedicated worker: only there can shards be written to OPFS. */
export class LocalInstallManager implements InstallManager {
	/** Marked so that the page can call it through this manager. */
	readonly adapters: LocalAdapterManager & ProxyMarked;
	readonly #options: LocalInstallManagerOptions;
	readonly #store: PlacedShardStore;
	readonly #journals: JournalTable;
	readonly #bundled: readonly string[];
	readonly #published: readonly PublishedModel[];
	readonly #hubUrl: string;
	/** Objects that the last check of this session found bad, by model. */
	readonly #damaged = new Map<string, readonly string[]>();
	/** Files of this session, for a `resume` after a pause. */
	readonly #sources = new Map<string, InstallSource>();
	#cleaned: Promise<void> | undefined;
	#running: AbortController | undefined;
	#stoppedBy: 'pause' | 'cancel' | undefined;

	constructor(options: LocalInstallManagerOptions) {
		this.#options = options;
		this.#store = options.store ?? new PlacedShardStore();
		this.#journals = options.journals ?? new IndexedDbJournalTable();
		this.#bundled = options.bundled ?? BUNDLED_MODELS;
		this.#published = options.published ?? FAMILIES.flatMap(({ published }) => published);
		this.#hubUrl = options.hubUrl ?? HUB_URL;
		const table = new IndexedDbAdapterTable(this.#store.prefix);
		this.adapters = proxy(new LocalAdapterManager(this.#store, table, this.#published));
	}

	async models(): Promise<readonly ManagedModel[]> {
		await this.#cleanUp();
		const installing = await modelsBeingInstalled();
		return Promise.all([
			...this.#bundled.map((id) => this.#bundledModel(id, installing)),
			...this.#published.map((model) => this.#publishedModel(model, installing)),
		]);
	}

	async storage(): Promise<StorageOverview> {
		const { usage } = await navigator.storage.estimate();
		return {
			...(usage === undefined ? {} : { usedBytes: usage }),
			persisted: await navigator.storage.persisted(),
			backends: this.#store.backends,
		};
	}

	async probeMirror(baseUrl: string): Promise<MirrorProbe> {
		const [{ tokenizers }] = this.#published;
		const [tokenizer] = Object.values(tokenizers);
		return probeMirror(publishedUrl(baseUrl, tokenizer, tokenizer.config));
	}

	async install(
		modelId: string,
		source: InstallSource,
		onEvent: Listener,
		options: InstallOptions = {},
	): Promise<InstallOutcome> {
		const outcome = await this.#exclusive(modelId, onEvent, options, async (operation) => {
			// Nothing is measured or stored for files that hold no model.
			let opened: ModelSource | undefined;
			if (source.type === 'files') {
				onEvent({ type: 'phase', phase: 'read' });
				opened = await this.#open(modelId, source, operation);
			}
			this.#sources.set(modelId, source);
			await this.#chooseBackend(modelId, onEvent, options.backend);
			// Of a model that came with the page the browser was not asked to keep it.
			if (!this.#bundled.includes(modelId) && !(await navigator.storage.persisted())) {
				onEvent({
					type: 'notice',
					notice: 'not-persistent',
					text: 'The browser may remove the model when the disk gets full: it was asked to keep it and has not agreed. It usually does once this page is bookmarked or installed as an app.',
				});
			}
			try {
				await this.#run(modelId, source, onEvent, operation, opened);
			} catch (error) {
				// The page holds the file as it was: only choosing it again leads to what it is now.
				if (hasCode(error, 'source-changed')) this.#sources.delete(modelId);
				await this.#forgetUnbegun(modelId);
				throw error;
			}
			this.#damaged.delete(modelId);
		});
		if (outcome === 'cancelled') await this.delete(modelId);
		return outcome;
	}

	async resume(
		modelId: string,
		onEvent: Listener,
		options: InstallOptions = {},
	): Promise<InstallOutcome> {
		return this.install(modelId, await this.#knownSource(modelId), onEvent, options);
	}

	pause(): void {
		this.#stop('pause');
	}

	cancel(): void {
		this.#stop('cancel');
	}

	async delete(modelId: string): Promise<void> {
		if (this.#running !== undefined) throw new InstallBusyError('this tab');
		await withInstallLock(modelId, false, new AbortController().signal, async () => {
			await this.#store.deleteManifest(modelId);
			for (const backend of this.#store.backends) {
				await this.#store.store(backend).deleteObjects(modelId);
			}
			await this.#journals.delete(modelId);
			await this.#store.forgetPlacement(modelId);
		});
		this.#damaged.delete(modelId);
		this.#sources.delete(modelId);
	}

	async check(modelId: string, onEvent: Listener): Promise<CheckReport> {
		const manifest = await this.#manifest(modelId);
		const objects = manifestObjects(manifest);
		const damaged: string[] = [];
		const outcome = await this.#exclusive(modelId, onEvent, {}, async (operation) => {
			onEvent({ type: 'phase', phase: 'check' });
			const bytesTotal = manifestBytes(manifest);
			let bytesDone = 0;
			for (const [index, object] of objects.entries()) {
				const onBytes = (bytes: number) => {
					bytesDone += bytes;
					operation.listener.progress(object.name, bytesDone, bytesTotal);
				};
				const { signal, hashers } = operation;
				try {
					const back = await hashers.readStored(modelId, object, { signal, onBytes });
					if (back.sha256 !== object.sha256) damaged.push(object.name);
				} catch (error) {
					signal.throwIfAborted();
					if (!hasCode(error, 'shard-missing') && !hasCode(error, 'shard-corrupt')) throw error;
					damaged.push(object.name);
				}
				onEvent({ type: 'shard', name: object.name, done: index + 1, total: objects.length });
			}
		});
		if (outcome !== 'installed') throw new DOMException('The check was stopped.', 'AbortError');
		this.#damaged.set(modelId, damaged);
		return { shardsChecked: objects.length, damaged };
	}

	async repair(
		modelId: string,
		onEvent: Listener,
		source?: InstallSource,
	): Promise<InstallOutcome> {
		const manifest = await this.#manifest(modelId);
		const known = this.#damaged.get(modelId) ?? [];
		const damaged = known.length > 0 ? known : (await this.check(modelId, onEvent)).damaged;
		if (damaged.length === 0) return 'installed';
		const from = source ?? (await this.#knownSource(modelId));
		return this.#exclusive(modelId, onEvent, {}, async (operation) => {
			onEvent({ type: 'phase', phase: 'read' });
			const options = {
				...operation,
				startHasher: operation.hashers.start,
				readStored: operation.hashers.readStored,
			};
			if (from.type === 'shards') {
				const folder = await openShardFolder(from.url, operation.http);
				// A page that was updated may come with another edition of its model.
				if (isSame(folder, manifest, damaged)) {
					await repairShards(from.url, manifest, damaged, options);
				} else await this.#run(modelId, from, onEvent, operation);
			} else {
				const opened = await this.#open(modelId, from, operation);
				onEvent({ type: 'phase', phase: 'convert' });
				await repairModel(manifest, damaged, opened, options);
			}
			this.#damaged.delete(modelId);
		});
	}

	async move(modelId: string, backend: StoreBackend, onEvent: Listener): Promise<InstallOutcome> {
		const manifest = await this.#manifest(modelId);
		const target = this.#store.store(backend);
		const before = (await this.#store.placement(modelId)) ?? 'indexeddb';
		if (before === backend) return 'installed';
		return this.#exclusive(modelId, onEvent, {}, async ({ signal, store, listener, hashers }) => {
			const objects = manifestObjects(manifest);
			const bytesTotal = manifestBytes(manifest);
			let bytesDone = 0;
			onEvent({ type: 'phase', phase: 'space' });
			await target.checkRoom(modelId, await bytesNotIn(target, modelId, objects));
			onEvent({ type: 'phase', phase: 'move' });
			for (const [index, object] of objects.entries()) {
				signal.throwIfAborted();
				if (!(await target.has(modelId, object))) {
					await sayNeededBytes(
						() => bytesTotal - bytesDone,
						() => moveObject(modelId, object, store, target, hashers.start, signal),
					);
				}
				bytesDone += object.byteLength;
				listener.progress(object.name, bytesDone, bytesTotal);
				onEvent({ type: 'shard', name: object.name, done: index + 1, total: objects.length });
			}
			await this.#store.place(modelId, backend);
			await this.#store.store(before).deleteObjects(modelId);
		});
	}

	async #run(
		modelId: string,
		source: InstallSource,
		onEvent: Listener,
		operation: Operation,
		files?: ModelSource,
	): Promise<void> {
		const options: InstallModelOptions = {
			store: operation.store,
			journals: this.#journals,
			keptSource: keep(source),
			startHasher: operation.hashers.start,
			readStored: operation.hashers.readStored,
			listener: operation.listener,
			signal: operation.signal,
		};
		if (source.type === 'hub' || source.type === 'mirror') {
			onEvent({ type: 'phase', phase: 'space' });
			await this.#checkRoom(modelId);
		}
		onEvent({ type: 'phase', phase: 'read' });
		if (source.type === 'shards') {
			const manifest = await openShardFolder(source.url, operation.http);
			if (manifest.id !== modelId) {
				const reason = `it holds the model "${manifest.id}", not "${modelId}"`;
				throw new DownloadError(source.url, reason);
			}
			await installShards(source.url, manifest, { ...options, http: operation.http });
		} else {
			const opened = files ?? (await this.#open(modelId, source, operation));
			onEvent({ type: 'phase', phase: 'convert' });
			await installModel(this.#card(modelId), opened, options);
		}
		onEvent({ type: 'phase', phase: 'finish' });
	}

	/** Of a model that was refused before anything of it was stored, nothing stays. */
	async #forgetUnbegun(modelId: string): Promise<void> {
		if ((await this.#journals.load(modelId)) !== undefined) return;
		if ((await this.#store.manifests()).some(({ id }) => id === modelId)) return;
		await this.#store.forgetPlacement(modelId);
	}

	/** Before anything is asked of a server. @throws StorageFullError */
	async #checkRoom(modelId: string): Promise<void> {
		// What an earlier session left is counted once the plan is known.
		if ((await this.#journals.load(modelId)) !== undefined) return;
		await this.#store.checkRoom(modelId, plannedBytes(this.#find(modelId)));
	}

	/** What a crash left is removed once, at the start. */
	#cleanUp(): Promise<void> {
		// Where it cannot be removed, less room is found: no reason to show no models.
		return (this.#cleaned ??= this.#store.forgetReservation().catch(() => undefined));
	}

	/** One at a time. Aborted by `pause` or `cancel`, it resolves with what that came to. */
	async #exclusive(
		modelId: string,
		onEvent: Listener,
		{ waitForOtherTab = false }: InstallOptions,
		work: (operation: Operation) => Promise<void>,
	): Promise<InstallOutcome> {
		if (this.#running !== undefined) throw new InstallBusyError('this tab');
		const running = new AbortController();
		this.#running = running;
		this.#stoppedBy = undefined;
		using hashers = new HashWorkers(this.#store.prefix);
		const { signal } = running;
		const operation: Operation = {
			signal,
			store: this.#store,
			listener: this.#listener(onEvent),
			http: {
				policy: this.#options.policy ?? RETRY_POLICY,
				signal,
				onRetry: (retry) => onEvent({ type: 'retry', ...retry }),
				onRangeIgnored: (file) =>
					onEvent({
						type: 'notice',
						notice: 'range-ignored',
						text: `The server sends ${file} from its start only: going on takes as long as starting anew.`,
					}),
			},
			hashers,
		};
		try {
			await withInstallLock(modelId, waitForOtherTab, signal, () => work(operation));
			return 'installed';
		} catch (error) {
			if (!signal.aborted) throw error;
			return this.#outcome();
		} finally {
			this.#running = undefined;
		}
	}

	#outcome(): InstallOutcome {
		return this.#stoppedBy === 'cancel' ? 'cancelled' : 'paused';
	}

	#stop(by: 'pause' | 'cancel'): void {
		this.#stoppedBy = by;
		this.#running?.abort(new DOMException('The install was stopped.', 'AbortError'));
	}

	#listener(onEvent: Listener): InstallListener {
		const meter = new TransferMeter();
		return {
			progress: (file, bytesDone, bytesTotal) =>
				onEvent({
					...{ type: 'progress', file, bytesDone, bytesTotal },
					...meter.pace(bytesDone, bytesTotal),
				}),
			files: (files) => onEvent({ type: 'files', files }),
			shard: ({ name }, done, total) => onEvent({ type: 'shard', name, done, total }),
			sourceChanged: (file) =>
				onEvent({
					type: 'notice',
					notice: 'source-changed',
					text: `${file} has changed since it was begun: what came from it is made again.`,
				}),
			subnormals: (count) =>
				onEvent({
					type: 'notice',
					notice: 'subnormals',
					text: `${count.toLocaleString('en')} weights are so small that FP16 holds them with fewer digits; no picture shows it.`,
				}),
		};
	}

	async #chooseBackend(
		modelId: string,
		onEvent: Listener,
		wanted: StoreBackend | undefined,
	): Promise<void> {
		const placed = await this.#store.placement(modelId);
		// Shards that are there already stay where they are; `move` is for changing that.
		if (placed !== undefined) {
			onEvent({ type: 'backend', backend: placed, measured: [] });
			return;
		}
		const measured: BackendSpeed[] = [];
		const backends = wanted === undefined ? this.#candidates(modelId) : [wanted];
		if (backends.length > 1) {
			onEvent({ type: 'phase', phase: 'probe' });
			for (const backend of backends) {
				const speed = await measure(this.#store.store(backend), backend);
				if (speed !== undefined) measured.push(speed);
			}
		}
		const [fastest] = [...measured].sort((a, b) => b.readBytesPerSecond - a.readBytesPerSecond);
		const backend = fastest?.backend ?? backends[0] ?? 'indexeddb';
		await this.#store.place(modelId, backend);
		onEvent({ type: 'backend', backend, measured });
	}

	/** Measuring would take longer than a model that comes with the page. */
	#candidates(modelId: string): readonly StoreBackend[] {
		const { backends } = this.#store;
		return this.#bundled.includes(modelId) ? backends.slice(0, 1) : backends;
	}

	/** @throws SourceNeededError */
	async #knownSource(modelId: string): Promise<InstallSource> {
		if (this.#bundled.includes(modelId)) return { type: 'shards', url: this.#bundledUrl(modelId) };
		const session = this.#sources.get(modelId);
		if (session !== undefined) return session;
		const kept = (await this.#journals.load(modelId))?.source;
		if (kept === undefined) throw new SourceNeededError(modelId);
		if (kept.type !== 'files') return kept;
		if (!kept.complete) throw new SourceNeededError(modelId);
		return { type: 'files', files: kept.handles };
	}

	async #open(
		modelId: string,
		source: Exclude<InstallSource, { readonly type: 'shards' }>,
		{ http, signal }: Operation,
	): Promise<ModelSource> {
		const model = this.#find(modelId);
		if (source.type !== 'files') {
			const baseUrl = source.type === 'hub' ? this.#hubUrl : source.baseUrl;
			return openPublished(model, source.layout, baseUrl, http);
		}
		const sources = new Map<string, StreamSource>();
		for (const { path, file } of source.files) {
			const opened = await readable(file);
			// A folder may hold links to what is gone, and much that is not needed.
			if (opened !== undefined) sources.set(path, fileStreamSource(path, opened));
		}
		if (sources.size === 0 && source.files.length > 0) throw new SourceNeededError(modelId);
		return openFiles(sources, {
			family: model.card.family,
			configs: model.configs,
			tokenizers: model.tokenizers,
			...(model.names === undefined ? {} : { names: model.names }),
			...(source.lookedAt === undefined ? {} : { lookedAt: source.lookedAt }),
			fetchTokenizer: (name) => fetchTokenizer(model, name, this.#hubUrl, http),
			signal,
		});
	}

	#find(modelId: string): PublishedModel {
		const model = this.#published.find(({ card }) => card.id === modelId);
		if (model === undefined) throw new ModelNotInstalledError(modelId);
		return model;
	}

	#card(modelId: string): PublishedModel['card'] {
		return this.#find(modelId).card;
	}

	async #manifest(modelId: string): Promise<ModelManifest> {
		const manifest = await this.#store.manifest(modelId);
		if (manifest === undefined) throw new ModelNotInstalledError(modelId);
		return manifest;
	}

	async #stored(modelId: string): Promise<StoredModel> {
		try {
			return { manifest: await this.#store.manifest(modelId), isTooNew: false };
		} catch (error) {
			if (!hasCode(error, 'model-too-new')) throw error;
			return { manifest: undefined, isTooNew: true };
		}
	}

	async #bundledModel(id: string, installing: ReadonlySet<string>): Promise<ManagedModel> {
		const url = this.#bundledUrl(id);
		const stored = await this.#stored(id);
		const folder =
			stored.manifest ?? (await openShardFolder(url, { policy: { ...RETRY_POLICY, attempts: 2 } }));
		const installedBytes = manifestBytes(folder);
		const offer: ModelOffer = { type: 'bundled', source: { type: 'shards', url } };
		return this.#describe(id, folder.name, stored, installedBytes, offer, installing);
	}

	async #publishedModel(
		model: PublishedModel,
		installing: ReadonlySet<string>,
	): Promise<ManagedModel> {
		const { id, name } = model.card;
		const stored = await this.#stored(id);
		const { manifest } = stored;
		const offer: ModelOffer = {
			type: 'published',
			downloads: model.downloads.map((download) => {
				const { id, publisher, dtype } = download;
				return { id, publisher, dtype, bytes: downloadBytes(model, download) };
			}),
			mirrorUrl: MIRROR_PRESET_URL,
		};
		const bytes = manifest === undefined ? plannedBytes(model) : manifestBytes(manifest);
		return this.#describe(id, name, stored, bytes, offer, installing);
	}

	async #describe(
		id: string,
		name: string,
		{ manifest, isTooNew }: StoredModel,
		installedBytes: number,
		offer: ModelOffer,
		installing: ReadonlySet<string>,
	): Promise<ManagedModel> {
		const journal = await this.#journals.load(id);
		const damagedShards = this.#damaged.get(id) ?? [];
		const state = isTooNew ? 'too-new' : stateOf(id, manifest, journal, installing, damagedShards);
		const origin = manifest?.source.origin ?? journal?.origin;
		const backend = (await this.#store.placement(id)) ?? 'indexeddb';
		const kept = journal?.source;
		return {
			...{ id, name, state, offer, damagedShards },
			installedBytes:
				manifest === undefined ? (journal?.installedBytes ?? installedBytes) : installedBytes,
			storedBytes: manifest === undefined ? journalBytes(journal) : installedBytes,
			...(origin === undefined ? {} : { origin }),
			...(manifest === undefined ? {} : { revision: manifest.source.revision }),
			...(manifest?.source.files === undefined ? {} : { files: manifest.source.files }),
			...(state === 'absent' ? {} : { backend }),
			resumable:
				kept !== undefined && (kept.type !== 'files' || kept.complete || this.#sources.has(id)),
		};
	}

	#bundledUrl(id: string): string {
		return bundledFolder(this.#options.modelsUrl, id);
	}
}

function isSame(a: ModelManifest, b: ModelManifest, names: readonly string[]): boolean {
	const hashes = (manifest: ModelManifest) =>
		new Map(manifestObjects(manifest).map(({ name, sha256 }) => [name, sha256]));
	const [ofA, ofB] = [hashes(a), hashes(b)];
	return names.every((name) => ofA.get(name) === ofB.get(name));
}

function stateOf(
	id: string,
	manifest: ModelManifest | undefined,
	journal: InstallJournal | undefined,
	installing: ReadonlySet<string>,
	damaged: readonly string[],
): ModelState {
	if (manifest !== undefined) return damaged.length > 0 ? 'damaged' : 'installed';
	if (installing.has(id)) return 'installing';
	return journal === undefined ? 'absent' : 'partial';
}

function journalBytes(journal: InstallJournal | undefined): number {
	if (journal === undefined) return 0;
	return [...Object.values(journal.shards), ...Object.values(journal.objects)].reduce(
		(sum, { byteLength }) => sum + byteLength,
		0,
	);
}

/** Bytes of the shards before any file is opened. */
function plannedBytes({ card, configs, tokenizers }: PublishedModel): number {
	const blocks = buildModel(card.family, configs).components.flatMap(({ blocks }) => blocks);
	const shards = blocks.reduce((sum, block) => sum + shardLayout(block).byteLength, 0);
	const vocabularies = Object.values(tokenizers).map(({ vocabulary }) => vocabulary.byteLength);
	return vocabularies.reduce((sum, bytes) => sum + bytes, shards);
}

function keep(source: InstallSource): KeptSource {
	if (source.type !== 'files') return source;
	const handles = source.files.flatMap(({ path, file }) =>
		file instanceof File ? [] : [{ path, file }],
	);
	return { type: 'files', handles, complete: handles.length === source.files.length };
}

/** Undefined where the page may not read it, or it is gone. */
async function readable(file: File | FileSystemFileHandle): Promise<File | undefined> {
	return file instanceof File ? file : file.getFile().catch(() => undefined);
}

/** Undefined where there is no room to measure: the install will say what it needs. */
async function measure(
	store: InstallStore,
	backend: StoreBackend,
): Promise<BackendSpeed | undefined> {
	try {
		return await probeBackend(store, backend);
	} catch (error) {
		if (error instanceof StorageFullError) return undefined;
		throw error;
	}
}

async function bytesNotIn(
	store: InstallStore,
	modelId: string,
	objects: readonly FileRecord[],
): Promise<number> {
	let bytes = 0;
	for (const object of objects) {
		if (!(await store.has(modelId, object))) bytes += object.byteLength;
	}
	return bytes;
}
