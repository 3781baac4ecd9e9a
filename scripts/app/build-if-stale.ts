import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Where the built app lies. */
export const DIST = join(ROOT, 'dist');

const SOURCES = [
	'index.html',
	'harness.html',
	'package-lock.json',
	'vite.config.ts',
	'harness',
	'lab',
	'public',
	'scripts/build',
	'src',
	'workers',
];

/** Builds the app unless `dist` is newer than everything it is made from. */
export async function buildIfStale(): Promise<void> {
	const built = newestChange(join(DIST, 'index.html'));
	const changed = Math.max(...SOURCES.map((source) => newestChange(join(ROOT, source))));
	if (built > changed) return;
	console.error('Building the app...');
	// Only now: loading Vite takes longer than all else that a tool does before it finds its options wrong.
	const { build } = await import('vite');
	await build({ root: ROOT, logLevel: 'error' });
}

/** Milliseconds since 1970 of the newest change in a file or folder; 0 if it does not exist. */
function newestChange(path: string): number {
	const stats = statSync(path, { throwIfNoEntry: false });
	if (stats === undefined) return 0;
	if (!stats.isDirectory()) return stats.mtimeMs;
	const inside = readdirSync(path).map((name) => newestChange(join(path, name)));
	return Math.max(stats.mtimeMs, ...inside);
}
