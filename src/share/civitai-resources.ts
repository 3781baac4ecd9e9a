import type { TaggedPrompt } from './adapter-tags.ts';
import { isFields, parsePythonJson } from './python-json.ts';

const LORA_TYPES: ReadonlySet<unknown> = new Set(['lora', 'locon', 'dora', 'lycoris']);

/** What a picture of Civitai's own generator was made of, by the names that the models have there. */
export function civitaiResources(setting: string | undefined): {
	readonly model?: string;
	readonly adapters: TaggedPrompt['adapters'];
} {
	const parsed = setting === undefined ? undefined : parsePythonJson(setting);
	const resources = Array.isArray(parsed) ? parsed.filter(isFields) : [];
	const model = resources.find(({ type }) => type === 'checkpoint')?.['modelName'];
	const adapters = resources
		.filter(({ type }) => LORA_TYPES.has(type))
		.map(({ modelName, modelVersionId, weight, strength }) => ({
			name: typeof modelName === 'string' ? modelName : `Civitai ${Number(modelVersionId)}`,
			hash: undefined,
			strength: weight ?? strength ?? 1,
		}));
	return { ...(typeof model === 'string' && { model }), adapters };
}
