import type { TaggedPrompt } from '../adapter-tags.ts';
import { type Fields, isFields } from '../python-json.ts';

type Adapters = TaggedPrompt['adapters'];

/**
 * The LoRAs of a JSON object of settings, in the ways of SwarmUI (two lists), InvokeAI and Draw Things
 * (objects) and Fooocus (triples, or `lora_combined_1: "name : weight"`).
 *
 * @param json as it was
 * @param fields its values by their keys in small letters without marks
 */
export function flatAdapters(json: Fields, fields: ReadonlyMap<string, unknown>): Adapters {
	const given = fields.get('loras') ?? fields.get('lora');
	const weights = listOf(fields.get('loraweights'));
	const listed = listOf(given).map((entry, at) => readEntry(entry, weights[at]));
	const combined = Object.entries(json)
		.filter(([key]) => /^lora_combined_\d+$/.test(key))
		.map(([, value]) => readCombined(value));
	return [...listed, ...combined].flatMap((adapter) => adapter ?? []);
}

function listOf(value: unknown): readonly unknown[] {
	if (Array.isArray(value)) return value;
	return typeof value === 'string' && value !== ''
		? value.split(',').map((part) => part.trim())
		: [];
}

function readEntry(entry: unknown, weight: unknown): Adapters[number] | undefined {
	if (typeof entry === 'string') return adapter(entry, weight, undefined);
	if (Array.isArray(entry)) return adapter(entry[0], entry[1], entry[2]);
	if (!isFields(entry)) return undefined;
	const model = entry['model'] ?? entry['lora'] ?? entry;
	const name = isFields(model) ? (model['name'] ?? model['model_name'] ?? model['file']) : model;
	return adapter(name ?? entry['file'], entry['weight'] ?? entry['strength'], undefined);
}

function readCombined(value: unknown): Adapters[number] | undefined {
	const [, name, weight] =
		/^(.{1,150}?) ?: ?(-?[\d.]+)$/.exec(typeof value === 'string' ? value : '') ?? [];
	return name === undefined ? undefined : adapter(name, weight, undefined);
}

function adapter(name: unknown, weight: unknown, hash: unknown): Adapters[number] | undefined {
	if (typeof name !== 'string' || name === '' || name === 'None') return undefined;
	if (Number(weight ?? 1) === 0) return undefined;
	const file = name.slice(1 + Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')));
	return {
		name: file.replace(/\.(safetensors|sft|ckpt)$/, ''),
		strength: weight ?? 1,
		hash: typeof hash === 'string' ? hash : undefined,
	};
}
