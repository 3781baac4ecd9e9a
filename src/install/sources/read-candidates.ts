import { readHeader } from '../checkpoint/read-header.ts';
import type { SafetensorsHeader } from '../checkpoint/safetensors.ts';
import { CheckpointError, SourceChangedError } from '../errors.ts';
import type { StreamSource } from '../stream-source.ts';

/** Files that may hold weights, those of other formats included: to say what is wrong with them. */
const WEIGHTS = /\.(safetensors|sft|gguf|ckpt|pt|pth|bin)$/i;
/** Headers that are read at once: a folder of models has hundreds. */
const AT_ONCE = 8;

/** Files that belong together, and what they say of themselves. */
export interface Candidate {
	/** With slashes. */
	readonly paths: readonly string[];
	readonly sources: readonly StreamSource[];
	/** The headers, or why there are none. */
	readonly headers: readonly SafetensorsHeader[] | CheckpointError;
}

/**
 * Reads what the files say of themselves. A file that cannot be read is passed over: a folder may hold much
 * that is not needed.
 *
 * @param sources by path, with slashes
 */
export async function readCandidates(
	sources: ReadonlyMap<string, StreamSource>,
	signal?: AbortSignal,
): Promise<readonly Candidate[]> {
	const groups = new Map<string, string[]>();
	for (const path of [...sources.keys()].sort()) {
		if (!WEIGHTS.test(path)) continue;
		// model-00001-of-00003.safetensors and its sisters are one checkpoint.
		const key = path.replace(/-\d{5}-of-(\d{5})(\.\w+)$/, '-of-$1$2');
		groups.set(key, [...(groups.get(key) ?? []), path]);
	}
	const candidates: Candidate[] = [];
	const waiting = [...groups.values()];
	while (waiting.length > 0) {
		const some = waiting.splice(0, AT_ONCE);
		const read = await Promise.all(some.map((paths) => readGroup(paths, sources, signal)));
		candidates.push(...read.filter((candidate) => candidate !== undefined));
	}
	return candidates;
}

async function readGroup(
	paths: readonly string[],
	sources: ReadonlyMap<string, StreamSource>,
	signal: AbortSignal | undefined,
): Promise<Candidate | undefined> {
	const files = paths.flatMap((path) => sources.get(path) ?? []);
	try {
		const headers = await Promise.all(files.map((source) => readHeader(source, signal)));
		return { paths, sources: files, headers };
	} catch (error) {
		if (error instanceof SourceChangedError) return undefined;
		if (!(error instanceof CheckpointError)) throw error;
		return { paths, sources: files, headers: error };
	}
}
