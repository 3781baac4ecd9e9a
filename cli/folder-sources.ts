import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { StreamSource } from '../src/install/stream-source.ts';
import { openFileStream } from './file-stream.ts';

/** What a checkpoint is made of: a folder of models may hold much else. */
const WANTED = /\.(safetensors|sft|gguf|json)$/i;
/** As deep as the page looks. */
const MAX_DEPTH = 8;

/**
 * All files of a folder that may be part of a checkpoint, by path with slashes. Links are followed: the
 * hub's own cache consists of them. What cannot be read is passed over, broken links too.
 */
export async function folderSources(folder: string): Promise<ReadonlyMap<string, StreamSource>> {
	const sources = new Map<string, StreamSource>();
	const seen = new Set<string>();
	const walk = async (path: string, prefix: string, depth: number): Promise<void> => {
		const real = await realpath(path);
		// A link may lead back to where it came from.
		if (seen.has(real) || depth > MAX_DEPTH) return;
		seen.add(real);
		for (const entry of await readdir(path, { withFileTypes: true })) {
			const [inner, name] = [join(path, entry.name), prefix + entry.name];
			const kind = await kindOf(entry, inner);
			if (kind === 'folder') await walk(inner, `${name}/`, depth + 1).catch(() => undefined);
			if (kind !== 'file' || !WANTED.test(name)) continue;
			const source = await openFileStream(inner, name).catch(() => undefined);
			if (source !== undefined) sources.set(name, source);
		}
	};
	await walk(folder, '', 0);
	return sources;
}

async function kindOf(entry: Dirent, path: string): Promise<'file' | 'folder' | undefined> {
	if (entry.isDirectory()) return 'folder';
	if (entry.isFile()) return 'file';
	try {
		const target = await stat(path);
		return target.isDirectory() ? 'folder' : target.isFile() ? 'file' : undefined;
	} catch {
		return undefined;
	}
}
