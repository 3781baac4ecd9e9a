import { PreTrainedTokenizer } from '@huggingface/transformers';
import type { Tokenizer, Tokenizers } from '../families/parts/prompt-encoder.ts';
import { ShardCorruptError } from '../store/errors.ts';
import type { FileRecord, ModelManifest } from '../store/model-manifest.ts';
import type { ShardStore } from '../store/shard-store.ts';

/** An installed model's tokenizers. @throws ShardMissingError, ShardCorruptError */
export async function openTokenizers(
	manifest: ModelManifest,
	store: Pick<ShardStore, 'open'>,
): Promise<Tokenizers> {
	const opened = Object.entries(manifest.tokenizers).map(
		async ([name, { vocabulary, config }]): Promise<[string, Tokenizer]> => {
			const [tokenizerJson, tokenizerConfig] = await Promise.all([
				readJson(store, manifest.id, vocabulary),
				readJson(store, manifest.id, config),
			]);
			return [name, createTokenizer(tokenizerJson, tokenizerConfig)];
		},
	);
	return new Map(await Promise.all(opened));
}

/**
 * Touches neither network nor disk.
 *
 * @param tokenizerJson content of `tokenizer.json`
 * @param tokenizerConfig content of `tokenizer_config.json`
 */
export function createTokenizer(tokenizerJson: object, tokenizerConfig: object): Tokenizer {
	const tokenizer = new PreTrainedTokenizer(tokenizerJson, tokenizerConfig);
	return { encode: (text) => tokenizer.encode(text, { add_special_tokens: false }) };
}

async function readJson(
	store: Pick<ShardStore, 'open'>,
	modelId: string,
	record: FileRecord,
): Promise<object> {
	const reader = await store.open(modelId, record);
	try {
		const bytes = new Uint8Array(record.byteLength);
		await reader.read(0, bytes);
		const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
		if (typeof json === 'object' && json !== null) return json;
		throw new ShardCorruptError(modelId, record.name, 'it is not a JSON object');
	} catch (error) {
		if (!(error instanceof SyntaxError)) throw error;
		throw new ShardCorruptError(modelId, record.name, error.message);
	} finally {
		reader.close();
	}
}
