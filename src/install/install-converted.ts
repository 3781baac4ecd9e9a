import { type FileRecord, manifestObjects, type ModelManifest } from '../store/model-manifest.ts';
import type { ShardStore } from '../store/shard-store.ts';
import { DownloadError, IntegrityError } from './errors.ts';
import { parseManifest } from './parse-manifest.ts';
import { sayNeededBytes } from './say-needed-bytes.ts';
import { sha256 } from './sha256.ts';

export interface InstallProgress {
	readonly bytesDone: number;
	readonly bytesTotal: number;
	readonly file: string;
}

/**
 * Fetches the manifest of a folder of converted shards.
 *
 * @param baseUrl of the folder, with a slash at its end
 * @throws DownloadError
 */
export async function fetchManifest(baseUrl: string, signal?: AbortSignal): Promise<ModelManifest> {
	const url = `${baseUrl}manifest.json`;
	const bytes = await fetchBytes(url, undefined, signal);
	try {
		return parseManifest(JSON.parse(new TextDecoder().decode(bytes)));
	} catch (error) {
		throw new DownloadError(url, `it is not a model manifest: ${String(error)}`);
	}
}

/**
 * Installs a folder of converted shards. What the store already holds is not fetched again, so an
 * interrupted install goes on where it stopped; the manifest is written last.
 *
 * @throws DownloadError, IntegrityError, StorageFullError, AbortError
 */
export async function installConverted(
	baseUrl: string,
	store: ShardStore,
	onProgress: (progress: InstallProgress) => void,
	signal?: AbortSignal,
): Promise<ModelManifest> {
	const manifest = await fetchManifest(baseUrl, signal);
	const files = manifestObjects(manifest);
	const bytesTotal = files.reduce((sum, file) => sum + file.byteLength, 0);
	let bytesDone = 0;
	for (const file of files) {
		signal?.throwIfAborted();
		const report = (fileBytes: number) =>
			onProgress({ bytesDone: bytesDone + fileBytes, bytesTotal, file: file.name });
		if (!(await isIntact(store, manifest.id, file))) {
			const bytes = await fetchBytes(`${baseUrl}${file.name}`, report, signal);
			if (bytes.byteLength !== file.byteLength || (await sha256(bytes)) !== file.sha256) {
				throw new IntegrityError(file.name);
			}
			await sayNeededBytes(
				() => bytesTotal - bytesDone,
				() => store.put(manifest.id, file, bytes),
			);
		}
		bytesDone += file.byteLength;
		report(0);
	}
	await store.putManifest(manifest);
	return manifest;
}

/** A stored object counts only if its bytes still have their hash: repairing is installing again. */
async function isIntact(store: ShardStore, modelId: string, file: FileRecord): Promise<boolean> {
	if (!(await store.has(modelId, file))) return false;
	const bytes = new Uint8Array(file.byteLength);
	try {
		const reader = await store.open(modelId, file);
		try {
			await reader.read(0, bytes);
		} finally {
			reader.close();
		}
	} catch {
		return false;
	}
	return (await sha256(bytes)) === file.sha256;
}

async function fetchBytes(
	url: string,
	onBytes: ((bytes: number) => void) | undefined,
	signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
	try {
		const response = await fetch(url, { signal: signal ?? null });
		if (!response.ok || response.body === null) {
			throw new DownloadError(url, `the server answered ${response.status}`);
		}
		const parts: Uint8Array<ArrayBuffer>[] = [];
		let received = 0;
		for await (const part of response.body) {
			parts.push(part);
			received += part.byteLength;
			onBytes?.(received);
		}
		return new Uint8Array(await new Blob(parts).arrayBuffer());
	} catch (error) {
		signal?.throwIfAborted();
		if (error instanceof DownloadError) throw error;
		throw new DownloadError(url, error instanceof Error ? error.message : String(error));
	}
}
