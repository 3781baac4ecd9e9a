import type { ModelFamily } from '../../families/family.ts';
import { buildModel } from '../../families/registry.ts';
import type {
	ComponentRecord,
	FileRecord,
	ModelManifest,
	TakenFiles,
	TokenizerRecord,
} from '../../store/model-manifest.ts';
import { MANIFEST_VERSION } from '../../store/parse-manifest.ts';
import type { InstallStore } from '../../store/shard-store.ts';
import { type ComponentPlan, planComponent } from '../checkpoint/component-plan.ts';
import { ConversionProgress } from '../convert/conversion-progress.ts';
import type { InstallJournal, JournalTable, KeptSource } from './install-journal.ts';
import type { ModelCard } from './model-card.ts';
import { checkTokenizers } from '../sources/check-tokenizers.ts';
import type { ModelSource } from '../sources/model-source.ts';
import { readHeader } from '../checkpoint/read-header.ts';
import { sayNeededBytes } from './say-needed-bytes.ts';
import { SequentialConversion } from '../convert/sequential-conversion.ts';
import type { WeightFile } from '../weight-file.ts';
import { sha256 } from '../hash/sha256.ts';
import type { StartHasher } from '../hash/stream-hasher.ts';
import type { StreamSource } from '../stream-source.ts';
import type { ReadStored } from '../hash/verify-stored.ts';

/** What an install tells on its way. */
export interface InstallListener {
	/** Bytes of the source, of all files together. */
	progress(file: string, bytesDone: number, bytesTotal: number): void;
	shard(object: FileRecord, done: number, total: number): void;
	/** A source file is not the one an earlier session began: what came from it is made again. */
	sourceChanged(file: string): void;
	/** At the end, if there are any. */
	subnormals(count: number): void;
	/** Before the first byte of weights is converted: which files were taken, by component. */
	files?(taken: TakenFiles): void;
}

export interface InstallModelOptions {
	readonly store: InstallStore;
	readonly journals: JournalTable;
	/** How a later session finds the source again. */
	readonly keptSource: KeptSource;
	readonly startHasher: StartHasher;
	/** Beside this thread, where that is faster. */
	readonly readStored?: ReadStored;
	readonly listener: InstallListener;
	readonly checkpointBytes?: number;
	/** Every family that is known, where not given. */
	readonly families?: readonly ModelFamily[];
	readonly signal?: AbortSignal;
}

interface PlannedComponent {
	readonly plan: ComponentPlan;
	readonly files: readonly WeightFile[];
}

/**
 * Converts a checkpoint into an installed model, going on where an earlier session stopped. The manifest
 * is written last; the journal stays, to say where a damaged shard can be made again from.
 *
 * @throws StorageFullError before the first tensor is read where the store can tell so early
 * @throws CheckpointError, DownloadError, SourceChangedError, IntegrityError, ConfigError, AbortError
 */
export async function installModel(
	card: Omit<ModelCard, 'source'>,
	source: ModelSource,
	options: InstallModelOptions,
): Promise<ModelManifest> {
	checkTokenizers(buildModel(card.family, source.configs, options.families), source.tokenizers);
	const components = await planModel(card.family, source, options);
	options.listener.files?.(takenFiles(source));
	const progress = await openProgress(card.id, components, options);
	await options.store.checkRoom(card.id, unwrittenBytes(components, progress));
	return sayNeededBytes(
		() => missingBytes(components, progress),
		() => storeModel(card, source, components, progress, options),
	);
}

async function storeModel(
	card: Omit<ModelCard, 'source'>,
	source: ModelSource,
	components: readonly PlannedComponent[],
	progress: ConversionProgress,
	options: InstallModelOptions,
): Promise<ModelManifest> {
	const { store, journals, listener, signal } = options;
	const shardCount = components.reduce((sum, { plan }) => sum + plan.shards.length, 0);
	const installedBytes = plannedBytes(components) + tokenizerBytes(source);
	const files = components.flatMap((component) => component.files);
	const bytesTotal = files.reduce((sum, file) => sum + file.source.byteLength, 0);
	let bytesDone = files.reduce((sum, file) => {
		return sum + (progress.file(file.source.name)?.byteOffset ?? 0);
	}, 0);
	const objects: Record<string, FileRecord> = {};
	const save = () =>
		journals.save({
			version: 1,
			modelId: card.id,
			source: options.keptSource,
			origin: source.origin,
			installedBytes,
			objects,
			...progress.journal(),
		});
	const putTokenizerFile = async (name: string, bytes: Uint8Array<ArrayBuffer>) => {
		const record = { name, byteLength: bytes.byteLength, sha256: await sha256(bytes) };
		await store.put(card.id, record, bytes);
		objects[name] = record;
		return record;
	};
	const tokenizers: Record<string, TokenizerRecord> = {};
	for (const [name, { vocabulary, config }] of Object.entries(source.tokenizers)) {
		tokenizers[name] = {
			vocabulary: await putTokenizerFile(`${name}/tokenizer.json`, vocabulary),
			config: await putTokenizerFile(`${name}/tokenizer_config.json`, config),
		};
	}
	await save();
	const installed: Record<string, ComponentRecord> = {};
	for (const { plan, files: weights } of components) {
		const conversion = new SequentialConversion(plan, weights, {
			modelId: card.id,
			...{ store, progress, save },
			startHasher: options.startHasher,
			...(options.readStored === undefined ? {} : { readStored: options.readStored }),
			...(options.checkpointBytes === undefined
				? {}
				: { checkpointBytes: options.checkpointBytes }),
			onBytes: (file, byteLength) => {
				bytesDone = Math.min(bytesTotal, bytesDone + byteLength);
				listener.progress(file.name, bytesDone, bytesTotal);
			},
			onShard: (record) => listener.shard(record, progress.shards.size, shardCount),
			...(signal === undefined ? {} : { signal }),
		});
		installed[plan.component.id] = { shards: await conversion.run() };
	}
	if (progress.subnormals > 0) listener.subnormals(progress.subnormals);
	const manifest: ModelManifest = {
		version: MANIFEST_VERSION,
		...card,
		source: { origin: source.origin, revision: source.revision, files: takenFiles(source) },
		configs: source.configs,
		components: installed,
		tokenizers,
	};
	await store.putManifest(manifest);
	return manifest;
}

/** Makes an installed model's damaged shards again. @throws IntegrityError if the source is another one by now */
export async function repairModel(
	manifest: ModelManifest,
	damaged: readonly string[],
	source: ModelSource,
	options: Omit<InstallModelOptions, 'keptSource' | 'journals'>,
): Promise<void> {
	const { store, listener, signal } = options;
	const records = Object.values(manifest.components)
		.flatMap(({ shards }) => shards)
		.filter(({ name }) => damaged.includes(name));
	for (const [name, { vocabulary, config }] of Object.entries(manifest.tokenizers)) {
		for (const [record, bytes] of [
			[vocabulary, source.tokenizers[name].vocabulary],
			[config, source.tokenizers[name].config],
		] as const) {
			if (damaged.includes(record.name)) await store.put(manifest.id, record, bytes);
		}
	}
	let bytesTotal = 0;
	let bytesDone = 0;
	let shardsDone = 0;
	const repairs = [];
	for (const { plan, files } of await planModel(manifest.family, source, options)) {
		const own = records.filter(({ name }) => plan.shards.some((shard) => shard.name === name));
		const conversion = new SequentialConversion(plan, files, {
			modelId: manifest.id,
			store,
			progress: new ConversionProgress(),
			save: async () => undefined,
			startHasher: options.startHasher,
			...(options.readStored === undefined ? {} : { readStored: options.readStored }),
			onBytes: (file, byteLength) => {
				bytesDone += byteLength;
				listener.progress(file.name, bytesDone, bytesTotal);
			},
			onShard: (record) => listener.shard(record, ++shardsDone, records.length),
			...(signal === undefined ? {} : { signal }),
		});
		bytesTotal += conversion.repairBytes(own);
		repairs.push(() => conversion.repair(own));
	}
	for (const repair of repairs) await repair();
}

async function planModel(
	family: string,
	source: ModelSource,
	{ families, signal }: Pick<InstallModelOptions, 'families' | 'signal'>,
): Promise<readonly PlannedComponent[]> {
	const { components } = buildModel(family, source.configs, families);
	return Promise.all(
		components.map(async (component) => {
			const files = source.weights[component.id];
			const headers = await Promise.all(files.map((file) => readHeader(file.source, signal)));
			return { plan: planComponent(component, headers, components), files };
		}),
	);
}

/** What the journal says, as far as it fits these files. */
async function openProgress(
	modelId: string,
	components: readonly PlannedComponent[],
	{ journals, store, listener, keptSource }: InstallModelOptions,
): Promise<ConversionProgress> {
	const journal: InstallJournal | undefined = await journals.load(modelId);
	if (journal === undefined) return new ConversionProgress();
	const progress = new ConversionProgress(journal);
	const names = new Set(components.flatMap(({ files }) => files.map(({ source }) => source.name)));
	const otherFiles = Object.keys(journal.files).some((name) => !names.has(name));
	if (otherFiles || !sameKind(journal.source, keptSource)) {
		// Another source: its shards may be others too, down to the last bit.
		await store.deleteObjects(modelId);
		return new ConversionProgress();
	}
	for (const { plan, files } of components) {
		for (const [index, { source }] of files.entries()) {
			const begun = progress.file(source.name);
			if (begun === undefined || begun.identity === source.identity) continue;
			listener.sourceChanged(source.name);
			await forgetFile(modelId, source, plan, index, progress, store);
		}
		// Closed in the journal, but gone from the store: cleaned away by the browser or by hand.
		for (const shard of plan.shards) {
			if (progress.shards.has(shard.name) && !(await store.has(modelId, shard))) {
				progress.forgetShard(shard.name);
			}
		}
	}
	return progress;
}

async function forgetFile(
	modelId: string,
	source: StreamSource,
	plan: ComponentPlan,
	index: number,
	progress: ConversionProgress,
	store: InstallStore,
): Promise<void> {
	progress.forgetFile(source.name);
	for (const shard of new Set((plan.files[index] ?? []).map((tensor) => tensor.shard))) {
		progress.forgetShard(shard.name);
		await store.delete(modelId, shard);
	}
}

function takenFiles({ weights }: ModelSource): TakenFiles {
	const names = Object.entries(weights).map(
		([component, files]) => [component, files.map(({ source }) => source.name)] as const,
	);
	return Object.fromEntries(names);
}

/** The hub and its mirrors have the same bytes under the same names; all else must be alike in full. */
function sameKind(a: KeptSource, b: KeptSource): boolean {
	const kind = ({ type }: KeptSource) => (type === 'mirror' ? 'hub' : type);
	return kind(a) === kind(b);
}

function plannedBytes(components: readonly PlannedComponent[]): number {
	return components
		.flatMap(({ plan }) => plan.shards)
		.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function tokenizerBytes({ tokenizers }: ModelSource): number {
	return Object.values(tokenizers).reduce(
		(sum, { vocabulary, config }) => sum + vocabulary.byteLength + config.byteLength,
		0,
	);
}

/** Bytes of the shards that were not begun: one that was has its whole length already. */
function unwrittenBytes(
	components: readonly PlannedComponent[],
	progress: ConversionProgress,
): number {
	return components
		.flatMap(({ plan }) => plan.shards)
		.filter((shard) => !progress.shards.has(shard.name) && !progress.isOpen(shard))
		.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Bytes of the tensors that are not stored. */
function missingBytes(
	components: readonly PlannedComponent[],
	progress: ConversionProgress,
): number {
	return components
		.flatMap(({ plan }) => plan.files.flat())
		.filter((tensor) => !progress.has(tensor))
		.reduce((sum, { record }) => sum + record.byteLength, 0);
}
