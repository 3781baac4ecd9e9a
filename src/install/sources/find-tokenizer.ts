import type { TokenizerFacts } from '../../families/parts/published-model.ts';
import { readStart, type StreamSource } from '../stream-source.ts';
import type { ConfigSet } from './find-configs.ts';
import type { TokenizerFiles } from './model-source.ts';

/** Qwen3's has 11 MB. */
const MAX_TOKENIZER_BYTES = 2 ** 26;
const VOCABULARY = 'tokenizer.json';
const CONFIG = 'tokenizer_config.json';

/**
 * The tokenizer among files that may hold those of other models: the one of the folder that the text
 * encoder's config came from, else one that is known by its tokens. A wrong one gives no error, only
 * pictures of something else.
 *
 * @param name of its folder
 * @param facts what is known of it; without, the one in a folder of its name is taken
 * @returns undefined if it is not among the files
 */
export async function findTokenizer(
	name: string,
	sources: ReadonlyMap<string, StreamSource>,
	{ root, paths }: ConfigSet,
	facts: TokenizerFacts | undefined,
	signal?: AbortSignal,
): Promise<TokenizerFiles | undefined> {
	const encoder = name.replace('tokenizer', 'text_encoder');
	if (root !== undefined && paths.includes(`${root}${encoder}/config.json`)) {
		const beside = await readTokenizer(`${root}${name}/`, sources, signal);
		if (beside !== undefined) return beside;
	}
	for (const path of sources.keys()) {
		if (path !== VOCABULARY && !path.endsWith(`/${VOCABULARY}`)) continue;
		const folder = path.slice(0, -VOCABULARY.length);
		const isNamed = folder === `${name}/` || folder.endsWith(`/${name}/`);
		// Beside the weights, there can be one tokenizer only.
		if (facts === undefined && !isNamed && name !== 'tokenizer') continue;
		const files = await readTokenizer(folder, sources, signal);
		if (files !== undefined && (facts === undefined || fits(files.vocabulary, facts))) return files;
	}
	return undefined;
}

/** @param folder with a slash at its end */
async function readTokenizer(
	folder: string,
	sources: ReadonlyMap<string, StreamSource>,
	signal: AbortSignal | undefined,
): Promise<TokenizerFiles | undefined> {
	const vocabulary = sources.get(folder + VOCABULARY);
	const config = sources.get(folder + CONFIG);
	if (vocabulary === undefined || config === undefined) return undefined;
	if (Math.max(vocabulary.byteLength, config.byteLength) > MAX_TOKENIZER_BYTES) return undefined;
	return {
		vocabulary: await readStart(vocabulary, vocabulary.byteLength, signal),
		config: await readStart(config, config.byteLength, signal),
	};
}

function fits(bytes: Uint8Array, { vocabularySize, addedTokens }: TokenizerFacts): boolean {
	const { model, added_tokens: added } = parse(bytes);
	const { vocab } = fieldsOf(model);
	if (Object.keys(fieldsOf(vocab)).length !== vocabularySize || !Array.isArray(added)) return false;
	const ids = new Map(added.map(fieldsOf).map(({ content, id }) => [content, id]));
	return Object.entries(addedTokens).every(([content, id]) => ids.get(content) === id);
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> {
	try {
		return fieldsOf(JSON.parse(new TextDecoder().decode(bytes)));
	} catch {
		return {};
	}
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null ? { ...value } : {};
}
