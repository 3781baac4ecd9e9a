import { ModelTooNewError } from '../../store/errors.ts';
import type { ModelManifest } from '../../store/model-manifest.ts';
import {
	isTooNew,
	MANIFEST_VERSION,
	readManifest,
	type StoredManifest,
} from '../../store/read-manifest.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Checks that a parsed JSON value has the structure of a manifest where the rest of the code relies on
 * it. Hashes protect the shards; this protects against a wrong or newer file.
 *
 * @throws ModelTooNewError
 * @throws TypeError that names the field
 */
export function parseManifest(json: unknown): ModelManifest {
	const manifest = object(json, 'manifest');
	const { version } = manifest;
	if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
		throw new TypeError(`version is ${String(version)}, this page reads 1 to ${MANIFEST_VERSION}`);
	}
	for (const field of ['id', 'name', 'family']) string(manifest[field], field);
	if (isTooNew({ version })) throw new ModelTooNewError(string(manifest['id'], 'id'));
	for (const [name, component] of entries(manifest['components'], 'components')) {
		if (version === 1) object(component['config'], `${name}.config`);
		for (const shard of list(component['shards'], `${name}.shards`)) {
			file(shard, `${name}.shards`);
			string(object(shard, name)['block'], `${name}.shards.block`);
			for (const tensor of list(object(shard, name)['tensors'], `${name}.shards.tensors`)) {
				const fields = object(tensor, 'tensor');
				string(fields['name'], 'tensor.name');
				list(fields['shape'], 'tensor.shape');
				bytes(fields['byteOffset'], 'tensor.byteOffset');
				bytes(fields['byteLength'], 'tensor.byteLength');
			}
		}
	}
	if (version > 1) object(manifest['configs'], 'configs');
	const tokenizers =
		version === 1
			? ([['tokenizer', object(manifest['tokenizer'], 'tokenizer')]] as const)
			: entries(manifest['tokenizers'], 'tokenizers');
	for (const [name, tokenizer] of tokenizers) {
		file(tokenizer['vocabulary'], `${name}.vocabulary`);
		file(tokenizer['config'], `${name}.config`);
	}
	for (const size of list(manifest['sizes'], 'sizes')) {
		bytes(object(size, 'sizes')['width'], 'sizes.width');
		bytes(object(size, 'sizes')['height'], 'sizes.height');
	}
	for (const example of list(manifest['examples'], 'examples')) string(example, 'examples');
	bytes(manifest['defaultSteps'], 'defaultSteps');
	if (manifest['preview'] !== undefined) preview(object(manifest['preview'], 'preview'));
	return readManifest(json as StoredManifest);
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

function preview(factors: Fields): void {
	if (!list(factors['matrix'], 'preview.matrix').every(isColour)) {
		throw new TypeError('preview.matrix is not a list of colours');
	}
	if (!isColour(factors['bias'])) throw new TypeError('preview.bias is not a colour');
}

function isColour(value: unknown): boolean {
	return Array.isArray(value) && value.length === 3 && value.every(Number.isFinite);
}

function entries(value: unknown, field: string): readonly (readonly [string, Fields])[] {
	return Object.entries(object(value, field)).map(([name, entry]) => [name, object(entry, name)]);
}

function object(value: unknown, field: string): Fields {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		throw new TypeError(`${field} is not an object`);
	}
	return value as Fields;
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
