import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { StreamSource } from '../src/install/stream-source.ts';
import { openFileStream } from './file-stream.ts';

/** What a checkpoint is made of: a folder of models may hold much else. */
const WANTED = /\.(safetensors|sft|gguf|json)$/i;

/** All files of a folder that may be part of a checkpoint, by path with slashes. */
export async function folderSources(folder: string): Promise<ReadonlyMap<string, StreamSource>> {
	const entries = await readdir(folder, { recursive: true, withFileTypes: true });
	const sources = new Map<string, StreamSource>();
	for (const entry of entries) {
		// Links too: the hub's own cache consists of them.
		if (entry.isDirectory() || !WANTED.test(entry.name)) continue;
		const path = join(entry.parentPath, entry.name);
		const name = relative(folder, path).split(sep).join('/');
		sources.set(name, await openFileStream(path, name));
	}
	return sources;
}
