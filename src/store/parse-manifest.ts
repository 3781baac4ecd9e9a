import { ManifestError, ModelTooNewError } from './errors.ts';
import type {
	ComponentRecord,
	FileRecord,
	ModelManifest,
	ShardRecord,
	TensorRecord,
	TokenizerRecord,
} from './model-manifest.ts';

/** The version that is written. */
export const MANIFEST_VERSION = 2;

/** Of the files that are read whole, wherever they come from. The published vocabulary has 11 MB. */
const LARGEST_TOKENIZER_BYTES = 2 ** 26;
/** Beyond what any disk has; sums of them stay exact. */
const LARGEST_FILE_BYTES = 2 ** 44;
/** A config is a few dozen fields. */
const LARGEST_CONFIG_VALUES = 10_000;
const DEEPEST_CONFIG = 8;

type Fields = ReadonlyMap<string, unknown>;

/**
 * A manifest of any version so far, as the newest has it, with nothing in it that is not known: it comes from a server, a
 * folder or a database that others may have written. What follows from the configs is for the family to check.
 *
 * @throws ModelTooNewError for what a newer version of this app wrote
 * @throws ManifestError that names the field
 */
export function parseManifest(json: unknown): ModelManifest {
	const manifest = object(json, 'manifest');
	const version = whole(manifest.get('version'), 'version', 1, Number.MAX_SAFE_INTEGER);
	const id = matching(manifest.get('id'), 'id', /^[a-z\d][\w.-]{0,99}$/i);
	if (version > MANIFEST_VERSION) throw new ModelTooNewError(id);
	const components = entries(manifest.get('components'), 'components', 16);
	const source = object(manifest.get('source'), 'source');
	const preview = manifest.get('preview');
	const guidance = manifest.get('defaultGuidanceScale');
	const parsed: ModelManifest = {
		version: MANIFEST_VERSION,
		id,
		name: text(manifest.get('name'), 'name', 200),
		family: matching(manifest.get('family'), 'family', /^[a-z][\w-]{0,99}$/i),
		source: {
			origin: text(source.get('origin'), 'source.origin', 1000),
			revision: text(source.get('revision'), 'source.revision', 200),
			...parseSourceFiles(source.get('files')),
		},
		configs: parseConfigs(manifest, version),
		components: record(components, ([name, value]) => parseComponent(value, name)),
		tokenizers: parseTokenizers(manifest, version),
		sizes: list(manifest.get('sizes'), 'sizes', 1, 64).map(parseSize),
		defaultSteps: whole(manifest.get('defaultSteps'), 'defaultSteps', 1, 1000),
		...(guidance === undefined ? {} : { defaultGuidanceScale: parseGuidance(guidance) }),
		examples: list(manifest.get('examples'), 'examples', 0, 64).map((example) =>
			text(example, 'examples', 2000),
		),
		...(preview === undefined ? {} : { preview: parsePreview(preview) }),
	};
	refuseEqualNames(parsed);
	return parsed;
}

function parseGuidance(value: unknown): number {
	if (typeof value === 'number' && value >= 1 && value <= 100) return value;
	throw new ManifestError('defaultGuidanceScale', 'it is not a number from 1 to 100');
}

function parseSourceFiles(files: unknown): Pick<ModelManifest['source'], 'files'> {
	if (files === undefined) return {};
	const named = entries(files, 'source.files', 16);
	return {
		files: record(named, ([component, names]) =>
			list(names, `source.files.${component}`, 0, 1000).map((name) =>
				text(name, `source.files.${component}`, 4000),
			),
		),
	};
}

/** The first version had three components, each with its config, and one tokenizer. */
function parseConfigs(manifest: Fields, version: number): ModelManifest['configs'] {
	const configs =
		version === 1
			? entries(manifest.get('components'), 'components', 16).map(
					([name, component]) => [name, object(component, name).get('config')] as const,
				)
			: entries(manifest.get('configs'), 'configs', 16);
	return record(configs, ([name, config]) => {
		object(config, `configs.${name}`);
		return plainCopy(config, `configs.${name}`, DEEPEST_CONFIG, { left: LARGEST_CONFIG_VALUES });
	});
}

function parseTokenizers(manifest: Fields, version: number): ModelManifest['tokenizers'] {
	const tokenizers =
		version === 1
			? [['tokenizer', manifest.get('tokenizer')] as const]
			: entries(manifest.get('tokenizers'), 'tokenizers', 8);
	return record(tokenizers, ([name, value]): TokenizerRecord => {
		const tokenizer = object(value, name);
		const { vocabulary, config } = {
			vocabulary: parseFile(tokenizer.get('vocabulary'), `${name}.vocabulary`),
			config: parseFile(tokenizer.get('config'), `${name}.config`),
		};
		atMost(vocabulary.byteLength, `${name}.vocabulary.byteLength`, LARGEST_TOKENIZER_BYTES);
		atMost(config.byteLength, `${name}.config.byteLength`, LARGEST_TOKENIZER_BYTES);
		return { vocabulary, config };
	});
}

function parseComponent(value: unknown, name: string): ComponentRecord {
	const shards = list(object(value, name).get('shards'), `${name}.shards`, 1, 4096);
	return { shards: shards.map((shard) => parseShard(shard, `${name}.shards`)) };
}

function parseShard(value: unknown, field: string): ShardRecord {
	const shard = object(value, field);
	const file = parseFile(value, field);
	const tensors = list(shard.get('tensors'), `${field}.tensors`, 1, 1024);
	return {
		...file,
		block: matching(shard.get('block'), `${field}.block`, /^[a-z][\w.]{0,199}$/i),
		tensors: tensors.map((tensor) => parseTensor(tensor, file)),
	};
}

function parseTensor(value: unknown, { name: shard, byteLength: end }: FileRecord): TensorRecord {
	const tensor = object(value, `${shard}: tensor`);
	const name = matching(tensor.get('name'), `${shard}: tensor.name`, /^[a-z][\w.]{0,199}$/i);
	const field = `${shard}: ${name}`;
	const byteOffset = whole(tensor.get('byteOffset'), `${field}.byteOffset`, 0, end);
	return {
		name,
		shape: list(tensor.get('shape'), `${field}.shape`, 1, 8).map((extent) =>
			whole(extent, `${field}.shape`, 1, LARGEST_FILE_BYTES),
		),
		byteOffset,
		byteLength: whole(tensor.get('byteLength'), `${field}.byteLength`, 1, end - byteOffset),
	};
}

/** Names become paths of addresses, folders and keys: nothing in them may mean more than itself. */
const FILE_NAME = /^(?:[a-z\d][\w-]*(?:\.[\w-]+)*\/)*[a-z\d][\w-]*(?:\.[\w-]+)*$/i;

function parseFile(value: unknown, field: string): FileRecord {
	const file = object(value, field);
	const name = text(file.get('name'), `${field}.name`, 200);
	if (!FILE_NAME.test(name) || name === 'manifest.json' || /\.part(ial)?$/.test(name)) {
		throw new ManifestError(`${field}.name`, `“${name}” is no name for a file of a model`);
	}
	return {
		name,
		byteLength: whole(file.get('byteLength'), `${field}.byteLength`, 1, LARGEST_FILE_BYTES),
		sha256: matching(file.get('sha256'), `${field}.sha256`, /^[\da-f]{64}$/),
	};
}

/** One of two files with one name would take the other's place. */
function refuseEqualNames({ tokenizers, components }: ModelManifest): void {
	const files = [
		...Object.values(tokenizers).flatMap(({ vocabulary, config }) => [vocabulary, config]),
		...Object.values(components).flatMap(({ shards }) => shards),
	];
	const names = new Set<string>();
	for (const { name } of files) {
		if (names.has(name)) throw new ManifestError('name', `two files are called “${name}”`);
		names.add(name);
	}
}

function parseSize(value: unknown): ModelManifest['sizes'][number] {
	const size = object(value, 'sizes');
	return {
		width: whole(size.get('width'), 'sizes.width', 1, 2 ** 16),
		height: whole(size.get('height'), 'sizes.height', 1, 2 ** 16),
	};
}

function parsePreview(value: unknown): NonNullable<ModelManifest['preview']> {
	const factors = object(value, 'preview');
	return {
		matrix: list(factors.get('matrix'), 'preview.matrix', 1, 256).map((row) =>
			colour(row, 'preview.matrix'),
		),
		bias: colour(factors.get('bias'), 'preview.bias'),
	};
}

/** Colours are from -1 to 1, and so are latents, more or less. */
function colour(value: unknown, field: string): readonly [number, number, number] {
	const [red, green, blue] = list(value, field, 3, 3).map((part) => {
		if (typeof part === 'number' && Math.abs(part) <= 1000) return part;
		throw new ManifestError(field, 'it is not a colour');
	});
	return [red, green, blue];
}

function object(value: unknown, field: string): Fields {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) {
		throw new ManifestError(field, 'it is not an object');
	}
	// A Map, because a name may be one that every object has.
	return new Map(Object.entries(value));
}

function entries(
	value: unknown,
	field: string,
	most: number,
): readonly (readonly [string, unknown])[] {
	const found = [...object(value, field)];
	atMost(found.length, `the count of ${field}`, most);
	for (const [name] of found) matching(name, field, /^[a-z][a-z\d_]{0,99}$/);
	return found;
}

function record<Parsed>(
	found: readonly (readonly [string, unknown])[],
	parse: (entry: readonly [string, unknown]) => Parsed,
): Readonly<Record<string, Parsed>> {
	return Object.fromEntries(found.map((entry) => [entry[0], parse(entry)]));
}

function list(value: unknown, field: string, least: number, most: number): readonly unknown[] {
	if (!Array.isArray(value)) throw new ManifestError(field, 'it is not a list');
	if (value.length < least || value.length > most) {
		throw new ManifestError(field, `it has ${value.length} entries, not ${least} to ${most}`);
	}
	return value;
}

function text(value: unknown, field: string, longest: number): string {
	if (typeof value !== 'string' || value === '') throw new ManifestError(field, 'it is not a text');
	atMost(value.length, `the length of ${field}`, longest);
	return value;
}

function matching(value: unknown, field: string, pattern: RegExp): string {
	if (typeof value === 'string' && pattern.test(value)) return value;
	throw new ManifestError(field, `it does not match ${pattern.source}`);
}

function whole(value: unknown, field: string, least: number, most: number): number {
	if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) {
		return value;
	}
	throw new ManifestError(field, `it is not a whole number from ${least} to ${most}`);
}

function atMost(value: number, field: string, most: number): void {
	if (value > most) throw new ManifestError(field, `${value} is more than ${most}`);
}

/** JSON as deep and as large as a config may be: copying what is deeper ends in a stack overflow somewhere. */
function plainCopy(
	value: unknown,
	field: string,
	depth: number,
	budget: { left: number },
): unknown {
	if (depth < 0 || budget.left-- <= 0) throw new ManifestError(field, 'it is no config of a model');
	const copy = (part: unknown) => plainCopy(part, field, depth - 1, budget);
	if (typeof value === 'string') return text(`${value} `, field, 10_000).slice(0, -1);
	if (typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) return value.map(copy);
	return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, copy(part)]));
}
