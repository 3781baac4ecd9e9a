import { exposeHost } from '../src/bridge/expose-host.ts';
import { fileStreamSource } from '../src/install/sources/file-stream-source.ts';
import type { ChosenFile } from '../src/engine/install-client.ts';
import { OpfsShardStore } from '../src/store/opfs-shard-store.ts';
import type { FileRun } from './harness-api.ts';

const COPY = 'copy';

/** What an install cannot be faster than: the same files through the same store, neither converted nor hashed. */
async function copyToStore(files: readonly ChosenFile[]): Promise<FileRun> {
	const store = new OpfsShardStore('harness');
	const started = performance.now();
	let bytes = 0;
	try {
		for (const { path, file } of files) {
			if (!(file instanceof File) || file.size === 0) continue;
			const writer = await store.openWriter(COPY, { name: path, byteLength: file.size });
			try {
				let written = 0;
				for await (const piece of fileStreamSource(path, file).open(0)) {
					await writer.write(written, piece);
					written += piece.byteLength;
				}
				await writer.commit();
				bytes += written;
			} catch (error) {
				await writer.abort();
				throw error;
			}
		}
		return { bytes, milliseconds: performance.now() - started };
	} finally {
		await store.deleteObjects(COPY);
	}
}

/** What this worker exposes through Comlink. */
export interface CopyWorker {
	copyToStore(files: readonly ChosenFile[]): Promise<FileRun>;
}

exposeHost((): CopyWorker => ({ copyToStore }));
