import { PreTrainedTokenizer } from '@huggingface/transformers';
import { type KnownTokenizer, knownTokenizer } from '../families/parts/known-tokenizer.ts';
import type { PromptEncoder, Tokenizer, Tokenizers } from '../families/parts/prompt-encoder.ts';
import { ShardCorruptError } from '../store/errors.ts';
import type { FileRecord, ModelManifest } from '../store/model-manifest.ts';
import type { ShardStore } from '../store/shard-store.ts';

/** An installed model's tokenizers. @throws ConfigError, ShardMissingError, ShardCorruptError */
export async function openTokenizers(
	manifest: ModelManifest,
	{ vocabularies }: Pick<PromptEncoder, 'vocabularies'>,
	store: Pick<ShardStore, 'open'>,
): Promise<Tokenizers> {
	const opened = Object.entries(manifest.tokenizers).map(
		async ([name, { vocabulary: record }]): Promise<[string, Tokenizer]> => {
			const json = await readJson(store, manifest.id, record);
			const place = { file: record.name, vocabulary: vocabularies[name] };
			return [name, createTokenizer(knownTokenizer(json, place))];
		},
	);
	return new Map(await Promise.all(opened));
}

/** Touches neither network nor disk. */
export function createTokenizer(known: KnownTokenizer): Tokenizer {
	// Nothing of a tokenizer_config.json changes how text without special tokens is encoded.
	const tokenizer = new PreTrainedTokenizer(known, {});
	return { encode: (text) => tokenizer.encode(text, { add_special_tokens: false }) };
}

async function readJson(
	store: Pick<ShardStore, 'open'>,
	modelId: string,
	record: FileRecord,
): Promise<unknown> {
	const reader = await store.open(modelId, record);
	try {
		const bytes = new Uint8Array(record.byteLength);
		await reader.read(0, bytes);
		return JSON.parse(new TextDecoder().decode(bytes));
	} catch (error) {
		if (!(error instanceof SyntaxError)) throw error;
		throw new ShardCorruptError(modelId, record.name, error.message);
	} finally {
		reader.close();
	}
}
