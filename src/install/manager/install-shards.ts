import {
	type FileRecord,
	manifestObjects,
	type ModelManifest,
} from '../../store/model-manifest.ts';
import type { InstallStore } from '../../store/shard-store.ts';
import { IntegrityError } from '../errors.ts';
import { type HttpSourceOptions, httpStreamSource } from '../sources/http/http-stream-source.ts';
import type { InstallModelOptions } from './install-model.ts';
import { openShardFolder } from '../sources/open-shard-folder.ts';
import { sayNeededBytes } from './say-needed-bytes.ts';
import type { StartHasher } from '../hash/stream-hasher.ts';
import type { StreamSource } from '../stream-source.ts';

/** Bytes written at a time. */
const PIECE_BYTES = 2 ** 22;

type HttpOptions = Pick<HttpSourceOptions, 'policy' | 'signal' | 'onRetry' | 'onRangeIgnored'>;

type ShardInstallOptions = Pick<
	InstallModelOptions,
	'store' | 'startHasher' | 'listener' | 'signal'
> & { readonly http: HttpOptions };

/**
 * Installs a folder of converted shards, one after the other. A shard that an earlier session finished
 * is not fetched again; the manifest is written last.
 *
 * @throws StorageFullError before the first shard where the store can tell so early
 * @throws DownloadError, IntegrityError, AbortError
 */
export async function installShards(
	url: string,
	options: ShardInstallOptions & Pick<InstallModelOptions, 'journals' | 'keptSource'>,
): Promise<ModelManifest> {
	const { store, journals, signal } = options;
	const manifest = await openShardFolder(url, options.http);
	const objects = manifestObjects(manifest);
	const journal = await journals.load(manifest.id);
	const done: Record<string, FileRecord> = {};
	for (const object of objects) {
		const kept = journal?.source.type === 'shards' ? journal.objects[object.name] : undefined;
		if (kept?.sha256 === object.sha256 && (await store.has(manifest.id, object))) {
			done[object.name] = object;
		}
	}
	const installedBytes = totalBytes(objects);
	const neededBytes = () => installedBytes - totalBytes(Object.values(done));
	await store.checkRoom(manifest.id, neededBytes());
	const save = () =>
		journals.save({
			version: 1,
			modelId: manifest.id,
			source: options.keptSource,
			origin: manifest.source.origin,
			installedBytes,
			...{ files: {}, shards: {}, open: {}, subnormals: {} },
			objects: { ...done },
		});
	await sayNeededBytes(neededBytes, async () => {
		await save();
		await fetchObjects(url, manifest, objects, options, done, async (object) => {
			signal?.throwIfAborted();
			done[object.name] = object;
			await save();
		});
		await store.putManifest(manifest);
	});
	return manifest;
}

/** Fetches an installed model's damaged objects again. @throws DownloadError, IntegrityError, AbortError */
export async function repairShards(
	url: string,
	manifest: ModelManifest,
	damaged: readonly string[],
	options: ShardInstallOptions,
): Promise<void> {
	const objects = manifestObjects(manifest).filter(({ name }) => damaged.includes(name));
	await fetchObjects(url, manifest, objects, options, {}, async () => undefined);
}

async function fetchObjects(
	url: string,
	manifest: ModelManifest,
	objects: readonly FileRecord[],
	options: ShardInstallOptions,
	already: Readonly<Record<string, FileRecord>>,
	onDone: (object: FileRecord) => Promise<void>,
): Promise<void> {
	const { store, listener, startHasher, http } = options;
	const bytesTotal = totalBytes(objects);
	let bytesDone = totalBytes(Object.values(already));
	let count = Object.keys(already).length;
	for (const object of objects) {
		if (already[object.name] !== undefined) continue;
		const source = httpStreamSource(new URL(object.name, url).href, object, http);
		await fetchObject(source, object, manifest.id, store, startHasher, http.signal, (bytes) => {
			bytesDone += bytes;
			listener.progress(object.name, bytesDone, bytesTotal);
		});
		await onDone(object);
		listener.shard({ ...object, block: '', tensors: [] }, ++count, objects.length);
	}
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
