import { ModelNotInstalledError, ShardCorruptError } from '../../store/errors.ts';
import type { FileRecord } from '../../store/model-manifest.ts';
import type { ShardStore } from '../../store/shard-store.ts';
import { PromptTokeniser } from './tokenise-prompt.ts';

/** An installed model's tokeniser. @throws ModelNotInstalledError, ShardMissingError, ShardCorruptError */
export async function openTokeniser(modelId: string, store: ShardStore): Promise<PromptTokeniser> {
	const manifest = await store.manifest(modelId);
	if (manifest === undefined) throw new ModelNotInstalledError(modelId);
	const [vocabulary, config] = await Promise.all([
		readJson(store, modelId, manifest.tokenizer.vocabulary),
		readJson(store, modelId, manifest.tokenizer.config),
	]);
	return new PromptTokeniser(vocabulary, config);
}

async function readJson(store: ShardStore, modelId: string, record: FileRecord): Promise<object> {
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
