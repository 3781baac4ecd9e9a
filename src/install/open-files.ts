import type { ModelConfigs } from '../families/family.ts';
import { chooseWeights } from './choose-weights.ts';
import { CheckpointError, FilesMissingError } from './errors.ts';
import { type ModelSource, type TokenizerFiles, UNKNOWN_REVISION } from './model-source.ts';
import { readStart, type StreamSource } from './stream-source.ts';

export interface OpenFilesOptions {
	readonly family: string;
	/** Stand in where the files have no config.json: ComfyUI's folders have none. */
	readonly configs?: ModelConfigs;
	/** Stands in where the files have no tokenizer. */
	readonly fetchTokenizer?: () => Promise<TokenizerFiles>;
	readonly signal?: AbortSignal;
}

/**
 * Opens a model that lies in files: a diffusers folder, a folder of ComfyUI, or just the files.
 *
 * @param sources by path, with slashes
 * @throws FilesMissingError, CheckpointError, and what `fetchTokenizer` throws
 */
export async function openFiles(
	sources: ReadonlyMap<string, StreamSource>,
	options: OpenFilesOptions,
): Promise<ModelSource> {
	const { signal } = options;
	const config = async (component: string) => {
		const file = find(sources, `${component}/config.json`);
		if (file === undefined) {
			if (options.configs !== undefined) return options.configs[component];
			throw new FilesMissingError([`${component}/config.json`]);
		}
		return parseJson(file, await readStart(file, file.byteLength, signal));
	};
	const configs: ModelConfigs = {
		text_encoder: await config('text_encoder'),
		transformer: await config('transformer'),
		vae: await config('vae'),
	};
	return {
		origin: 'local files',
		revision: UNKNOWN_REVISION,
		configs,
		weights: await chooseWeights(options.family, configs, sources, signal),
		tokenizers: { tokenizer: await openTokenizer(sources, options) },
	};
}

async function openTokenizer(
	sources: ReadonlyMap<string, StreamSource>,
	{ fetchTokenizer, signal }: OpenFilesOptions,
): Promise<TokenizerFiles> {
	const vocabulary = find(sources, 'tokenizer/tokenizer.json', 'tokenizer.json');
	const config = find(sources, 'tokenizer/tokenizer_config.json', 'tokenizer_config.json');
	if (vocabulary !== undefined && config !== undefined) {
		return {
			vocabulary: await readStart(vocabulary, vocabulary.byteLength, signal),
			config: await readStart(config, config.byteLength, signal),
		};
	}
	if (fetchTokenizer !== undefined) return fetchTokenizer();
	throw new FilesMissingError(['tokenizer/tokenizer.json', 'tokenizer/tokenizer_config.json']);
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
		throw new CheckpointError(`${file.name} is not valid JSON. Fetch it again.`);
	}
}
