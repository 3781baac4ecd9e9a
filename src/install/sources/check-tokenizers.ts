import { knownTokenizer } from '../../families/parts/known-tokenizer.ts';
import type { Model } from '../../families/model.ts';
import { CheckpointError } from '../errors.ts';
import type { ModelSource } from './model-source.ts';

/** Refuses tokenizers that could not be opened later. @throws CheckpointError, ConfigError */
export function checkTokenizers(
	{ prompts: { vocabularies } }: Model,
	tokenizers: ModelSource['tokenizers'],
): void {
	for (const [name, { vocabulary, config }] of Object.entries(tokenizers)) {
		const file = `${name}/tokenizer.json`;
		knownTokenizer(parseJson(vocabulary, file), { file, vocabulary: vocabularies[name] });
		parseJson(config, `${name}/tokenizer_config.json`);
	}
}

/** @throws CheckpointError */
function parseJson(bytes: Uint8Array, file: string): unknown {
	try {
		return JSON.parse(new TextDecoder().decode(bytes));
	} catch {
		throw new CheckpointError({ problem: 'not-json' }, file);
	}
}
