import type { ModelConfigs } from '../../families/parts/model-configs.ts';
import type { ModelFamily } from '../../families/family.ts';
import { findFamily } from '../../families/registry.ts';
import { chooseWeights } from './choose-weights.ts';
import { CheckpointError, FilesMissingError } from '../errors.ts';
import { type ModelSource, type TokenizerFiles, UNKNOWN_REVISION } from './model-source.ts';
import { readStart, type StreamSource } from '../stream-source.ts';

export interface OpenFilesOptions {
	readonly family: string;
	/** Stand in where the files have no config.json: ComfyUI's folders have none. */
	readonly configs?: ModelConfigs;
	/** Stands in where the files lack a tokenizer. */
	readonly fetchTokenizer?: (name: string) => Promise<TokenizerFiles>;
	/** Every family that is known, where not given. */
	readonly families?: readonly ModelFamily[];
	readonly signal?: AbortSignal;
}

/**
 * Opens a model that lies in files: a diffusers folder, a folder of ComfyUI, or just the files.
 *
 * @param sources by path, with slashes
 * @throws FilesMissingError, CheckpointError, ConfigError, and what `fetchTokenizer` throws
 */
export async function openFiles(
	sources: ReadonlyMap<string, StreamSource>,
	options: OpenFilesOptions,
): Promise<ModelSource> {
	const { families, signal } = options;
	const family = findFamily(options.family, families);
	const configs: Record<string, unknown> = {};
	for (const name of family.configs) configs[name] = await openConfig(name, sources, options);
	const weights = await chooseWeights(family.build(configs), sources, signal);
	const tokenizers: Record<string, TokenizerFiles> = {};
	for (const name of family.tokenizers) {
		tokenizers[name] = await openTokenizer(name, sources, options);
	}
	return { origin: 'local files', revision: UNKNOWN_REVISION, configs, weights, tokenizers };
}

async function openConfig(
	name: string,
	sources: ReadonlyMap<string, StreamSource>,
	{ configs, signal }: OpenFilesOptions,
): Promise<unknown> {
	const file = find(sources, `${name}/config.json`);
	if (file !== undefined) return parseJson(file, await readStart(file, file.byteLength, signal));
	if (configs !== undefined) return configs[name];
	throw new FilesMissingError([{ file: `${name}/config.json` }]);
}

async function openTokenizer(
	name: string,
	sources: ReadonlyMap<string, StreamSource>,
	{ fetchTokenizer, signal }: OpenFilesOptions,
): Promise<TokenizerFiles> {
	const [vocabulary, config] = ['tokenizer.json', 'tokenizer_config.json'].map((file) =>
		// Beside the weights, there can be one tokenizer only.
		find(sources, `${name}/${file}`, ...(name === 'tokenizer' ? [file] : [])),
	);
	if (vocabulary !== undefined && config !== undefined) {
		return {
			vocabulary: await readStart(vocabulary, vocabulary.byteLength, signal),
			config: await readStart(config, config.byteLength, signal),
		};
	}
	if (fetchTokenizer !== undefined) return fetchTokenizer(name);
	throw new FilesMissingError([
		{ file: `${name}/tokenizer.json` },
		{ file: `${name}/tokenizer_config.json` },
	]);
}

/** The file whose path ends like the first of the endings that any has. */
function find(
	sources: ReadonlyMap<string, StreamSource>,
	...endings: readonly string[]
): StreamSource | undefined {
	for (const ending of endings) {
		for (const [path, source] of sources) {
			if (path === ending || path.endsWith(`/${ending}`)) return source;
		}
	}
	return undefined;
}

function parseJson(file: StreamSource, bytes: Uint8Array): unknown {
	try {
		return JSON.parse(new TextDecoder().decode(bytes));
	} catch {
		throw new CheckpointError({ problem: 'not-json' }, file.name);
	}
}
