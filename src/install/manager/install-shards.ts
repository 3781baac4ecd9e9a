import {
	type FileRecord,
	manifestObjects,
	type ModelManifest,
} from '../../store/model-manifest.ts';
import type { InstallStore } from '../../store/shard-store.ts';
import { checkModel } from '../../families/check-model.ts';
import type { Model } from '../../families/model.ts';
import { findFamily } from '../../families/registry.ts';
import { DownloadError, IntegrityError } from '../errors.ts';
import { sha256 } from '../hash/sha256.ts';
import { checkTokenizers } from '../sources/check-tokenizers.ts';
import { type HttpSourceOptions, httpStreamSource } from '../sources/http/http-stream-source.ts';
import type { InstallModelOptions } from './install-model.ts';
import { sayNeededBytes } from './say-needed-bytes.ts';
import type { StartHasher } from '../hash/stream-hasher.ts';
import { readStart, type StreamSource } from '../stream-source.ts';

/** Bytes written at a time. */
const PIECE_BYTES = 2 ** 22;

type HttpOptions = Pick<HttpSourceOptions, 'policy' | 'signal' | 'onRetry' | 'onRangeIgnored'>;

type ShardInstallOptions = Pick<
	InstallModelOptions,
	'store' | 'startHasher' | 'listener' | 'signal' | 'families'
> & { readonly http: HttpOptions };

/** By name. */
type Objects = ReadonlyMap<string, FileRecord>;

/**
 * Installs a folder of converted shards, one after the other. A shard that an earlier session finished
 * is not fetched again; the manifest is written last. Nothing is stored of a model that cannot be drawn with.
 *
 * @param url ends with a slash
 * @throws ConfigError, CheckpointError for such a model
 * @throws StorageFullError before the first shard where the store can tell so early
 * @throws DownloadError, IntegrityError, AbortError
 */
export async function installShards(
	url: string,
	manifest: ModelManifest,
	options: ShardInstallOptions & Pick<InstallModelOptions, 'journals' | 'keptSource'>,
): Promise<void> {
	const { store, journals, families } = options;
	const model = checkModel(findFamily(manifest.family, families), manifest);
	const objects = manifestObjects(manifest);
	const journal = await journals.load(manifest.id);
	const done = new Map<string, FileRecord>();
	for (const object of objects) {
		const kept = journal?.source.type === 'shards' ? journal.objects[object.name] : undefined;
		if (kept?.sha256 === object.sha256 && (await store.has(manifest.id, object))) {
			done.set(object.name, object);
		}
	}
	const tokenizers = await fetchTokenizers(url, manifest, model, done, options);
	const installedBytes = totalBytes(objects);
	const neededBytes = () => installedBytes - totalBytes([...done.values()]);
	await store.checkRoom(manifest.id, neededBytes());
	const save = () =>
		journals.save({
			version: 1,
			modelId: manifest.id,
			source: options.keptSource,
			origin: manifest.source.origin,
			installedBytes,
			...{ files: {}, shards: {}, open: {}, subnormals: {} },
			objects: Object.fromEntries(done),
		});
	await sayNeededBytes(neededBytes, async () => {
		await save();
		const onDone = async (object: FileRecord) => {
			done.set(object.name, object);
			await save();
		};
		await storeObjects(url, manifest, objects, options, new Map(done), onDone, tokenizers);
		await store.putManifest(manifest);
	});
}

/** Fetches an installed model's damaged objects again. @throws DownloadError, IntegrityError, AbortError */
export async function repairShards(
	url: string,
	manifest: ModelManifest,
	damaged: readonly string[],
	options: ShardInstallOptions,
): Promise<void> {
	const objects = manifestObjects(manifest).filter(({ name }) => damaged.includes(name));
	await storeObjects(url, manifest, objects, options, new Map(), async () => undefined);
}

/**
 * What is not stored yet of the tokenizers, in memory: they are small, and say whether the model can be drawn with.
 *
 * @throws ConfigError, CheckpointError, DownloadError, IntegrityError, AbortError
 */
async function fetchTokenizers(
	url: string,
	manifest: ModelManifest,
	model: Model,
	done: Objects,
	{ http }: ShardInstallOptions,
): Promise<ReadonlyMap<string, StreamSource>> {
	const fetched = new Map<string, StreamSource>();
	for (const [name, { vocabulary, config }] of Object.entries(manifest.tokenizers)) {
		if (done.has(vocabulary.name) && done.has(config.name)) continue;
		const files = {
			vocabulary: await fetchWhole(url, vocabulary, http),
			config: await fetchWhole(url, config, http),
		};
		checkTokenizers(model, { [name]: files });
		fetched.set(vocabulary.name, streamOf(vocabulary, files.vocabulary));
		fetched.set(config.name, streamOf(config, files.config));
	}
	return fetched;
}

async function fetchWhole(
	url: string,
	object: FileRecord,
	http: HttpOptions,
): Promise<Uint8Array<ArrayBuffer>> {
	const source = httpStreamSource(objectUrl(url, object), object, http);
	const bytes = await readStart(source, object.byteLength, http.signal);
	if ((await sha256(bytes)) !== object.sha256) throw new IntegrityError(object.name);
	return bytes;
}

function streamOf(
	{ name, byteLength, sha256: identity }: FileRecord,
	bytes: Uint8Array<ArrayBuffer>,
): StreamSource {
	return {
		...{ name, byteLength, identity },
		async *open(byteOffset) {
			yield bytes.subarray(byteOffset);
		},
	};
}

/** @param fetched what is in memory already */
async function storeObjects(
	url: string,
	manifest: ModelManifest,
	objects: readonly FileRecord[],
	{ store, listener, startHasher, http }: ShardInstallOptions,
	already: Objects,
	onDone: (object: FileRecord) => Promise<void>,
	fetched: ReadonlyMap<string, StreamSource> = new Map(),
): Promise<void> {
	const bytesTotal = totalBytes(objects);
	let bytesDone = totalBytes([...already.values()]);
	let count = already.size;
	for (const object of objects) {
		if (already.has(object.name)) continue;
		http.signal?.throwIfAborted();
		const source =
			fetched.get(object.name) ?? httpStreamSource(objectUrl(url, object), object, http);
		await fetchObject(source, object, manifest.id, store, startHasher, http.signal, (bytes) => {
			bytesDone += bytes;
			listener.progress(object.name, bytesDone, bytesTotal);
		});
		await onDone(object);
		listener.shard(object, ++count, objects.length);
	}
}

/** @throws DownloadError for a name that leads out of the folder */
function objectUrl(folderUrl: string, { name }: FileRecord): string {
	const folder = new URL('./', folderUrl);
	const resolved = new URL(name, folder);
	if (resolved.origin === folder.origin && resolved.pathname.startsWith(folder.pathname)) {
		return resolved.href;
	}
	throw new DownloadError(resolved.href, 'it is not in the folder of the model');
}

async function fetchObject(
	source: StreamSource,
	object: FileRecord,
	modelId: string,
	store: InstallStore,
	startHasher: StartHasher,
	signal: AbortSignal | undefined,
	onBytes: (bytes: number) => void,
): Promise<void> {
	const writer = await store.openWriter(modelId, object);
	const hasher = await startHasher();
	try {
		const piece = new Uint8Array(Math.min(PIECE_BYTES, object.byteLength));
		let filled = 0;
		let written = 0;
		for await (const received of source.open(0, signal)) {
			for (let taken = 0; taken < received.byteLength;) {
				const part = received.subarray(taken, taken + piece.byteLength - filled);
				piece.set(part, filled);
				filled += part.byteLength;
				taken += part.byteLength;
				if (filled < piece.byteLength) continue;
				await writer.write(written, piece);
				written += filled;
				filled = 0;
			}
			onBytes(received.byteLength);
			await hasher.update(received);
		}
		if (filled > 0) await writer.write(written, piece.subarray(0, filled));
		if ((await hasher.digest()) !== object.sha256) throw new IntegrityError(object.name);
		await writer.commit();
	} catch (error) {
		hasher.dispose();
		await writer.abort();
		throw error;
	}
}

function totalBytes(objects: readonly FileRecord[]): number {
	return objects.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
