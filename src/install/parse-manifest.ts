import type { ModelManifest } from '../store/model-manifest.ts';

const VERSION = 1;

/**
 * Checks that a parsed JSON value has the structure of a manifest where the rest of the code relies on
 * it. Hashes protect the shards; this protects against a wrong or newer file.
 *
 * @throws TypeError that names the field
 */
export function parseManifest(json: unknown): ModelManifest {
	const manifest = object(json, 'manifest');
	if (manifest['version'] !== VERSION) {
		throw new TypeError(`version is ${String(manifest['version'])}, this page reads ${VERSION}`);
	}
	for (const field of ['id', 'name', 'family']) string(manifest[field], field);
	const components = object(manifest['components'], 'components');
	for (const name of ['text_encoder', 'transformer', 'vae']) {
		const component = object(components[name], name);
		object(component['config'], `${name}.config`);
		for (const shard of list(component['shards'], `${name}.shards`)) {
			file(shard, `${name}.shards`);
			string(object(shard, name)['block'], `${name}.shards.block`);
			for (const tensor of list(object(shard, name)['tensors'], `${name}.shards.tensors`)) {
				const fields = object(tensor, 'tensor');
				string(fields['name'], 'tensor.name');
				bytes(fields['byteOffset'], 'tensor.byteOffset');
				bytes(fields['byteLength'], 'tensor.byteLength');
			}
		}
	}
	const tokenizer = object(manifest['tokenizer'], 'tokenizer');
	file(tokenizer['vocabulary'], 'tokenizer.vocabulary');
	file(tokenizer['config'], 'tokenizer.config');
	for (const size of list(manifest['sizes'], 'sizes')) {
		bytes(object(size, 'sizes')['width'], 'sizes.width');
		bytes(object(size, 'sizes')['height'], 'sizes.height');
	}
	for (const example of list(manifest['examples'], 'examples')) string(example, 'examples');
	bytes(manifest['defaultSteps'], 'defaultSteps');
	if (manifest['preview'] !== undefined) {
		const vae = object(object(components['vae'], 'vae')['config'], 'vae.config');
		preview(object(manifest['preview'], 'preview'), vae['latent_channels']);
	}
	return json as ModelManifest;
}

function file(value: unknown, field: string): void {
	const record = object(value, field);
	const name = string(record['name'], `${field}.name`);
	if (name.startsWith('/') || name.includes('..') || name.includes(':')) {
		throw new TypeError(`${field}.name leaves the model's folder: ${name}`);
	}
	bytes(record['byteLength'], `${field}.byteLength`);
	if (!/^[0-9a-f]{64}$/.test(string(record['sha256'], `${field}.sha256`))) {
		throw new TypeError(`${field}.sha256 is not a SHA-256`);
	}
}

function preview(factors: Readonly<Record<string, unknown>>, channels: unknown): void {
	const matrix = list(factors['matrix'], 'preview.matrix');
	if (matrix.length !== channels || !matrix.every(isColour)) {
		throw new TypeError(`preview.matrix is not a list of ${String(channels)} colours`);
	}
	if (!isColour(factors['bias'])) throw new TypeError('preview.bias is not a colour');
}

function isColour(value: unknown): boolean {
	return Array.isArray(value) && value.length === 3 && value.every(Number.isFinite);
}

function object(value: unknown, field: string): Readonly<Record<string, unknown>> {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		throw new TypeError(`${field} is not an object`);
	}
	return value as Readonly<Record<string, unknown>>;
}

function list(value: unknown, field: string): readonly unknown[] {
	if (!Array.isArray(value)) throw new TypeError(`${field} is not a list`);
	return value;
}

function string(value: unknown, field: string): string {
	if (typeof value !== 'string' || value === '') throw new TypeError(`${field} is not a text`);
	return value;
}

function bytes(value: unknown, field: string): void {
	if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
		throw new TypeError(`${field} is not a whole number`);
	}
}
