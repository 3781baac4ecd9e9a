import { contentHash, shortHash } from './content-hash.ts';
import {
	MAX_PROMPT_LENGTH,
	MAX_SEED,
	MAX_SIDE,
	MAX_STEPS,
	MIN_STEPS,
	SIDE_MULTIPLE,
} from './recipe-limits.ts';
import type { AdapterUse, ControlUse, ModelReference, RecipeSettings } from './recipe-settings.ts';
import { noiseSourceName, samplerName, scheduleName } from './sampler-names.ts';
import {
	decimal,
	exactInteger,
	hash,
	isName,
	list,
	name,
	nearestInteger,
	readDecimal,
	readParts,
	text,
	type ValueCodec,
	writeParts,
} from './value-codec.ts';

/** All that a link or file says of how a picture was made. */
export interface SharedRecipe extends RecipeSettings {
	readonly model: ModelReference['id'];
	readonly revision?: ModelReference['revision'];
}

export type RecipeField = keyof SharedRecipe;

/** How one setting is shared and kept. */
interface FieldCodec<Value> extends ValueCodec<Value> {
	/** The version of links that first had it. */
	readonly since: 1 | 2;
	/** Its name in links; those that compress it add a letter. */
	readonly key: string;
	/** Its name in AUTOMATIC1111's line of settings; absent for what is not written there. */
	readonly label?: string;
	/** How AUTOMATIC1111 writes the value, where that is another way. */
	readonly say?: (value: Value) => string;
}

type Values = { readonly [Field in RecipeField]-?: NonNullable<SharedRecipe[Field]> };
type FieldCodecs = { readonly [Field in RecipeField]: FieldCodec<Values[Field]> };

const prompt = text(MAX_PROMPT_LENGTH);
const side = nearestInteger(SIDE_MULTIPLE, MAX_SIDE, SIDE_MULTIPLE);

const adapters = list<AdapterUse>({
	read(given) {
		const parts = readParts(given, ['hash', 'strength', 'name']);
		const strength = readDecimal(parts.strength);
		if (!isName(parts.name) || strength === undefined || Math.abs(strength) > 100) return undefined;
		const known = contentHash(parts.hash);
		return { ...(known && { hash: known }), name: parts.name, strength };
	},
	write: ({ hash, name, strength }) => writeParts([hash ? shortHash(hash) : '', strength, name]),
});

const controls = list<ControlUse>({
	read(given) {
		const parts = readParts(given, ['hash', 'scale', 'picture', 'name']);
		const scale = readDecimal(parts.scale);
		const hash = contentHash(parts.hash);
		const picture = contentHash(parts.picture);
		if (hash === undefined || picture === undefined || scale === undefined) return undefined;
		const isPossible = isName(parts.name) && scale >= 0 && scale <= 10;
		return isPossible ? { hash, name: parts.name, picture, scale } : undefined;
	},
	write: ({ hash, name, picture, scale }) =>
		writeParts([shortHash(hash), scale, shortHash(picture), name]),
});

/**
 * Every setting, in the order of links: the one place that says how it is read and written in links,
 * pictures and the history. A new setting is a line here, and the version of links that goes with it.
 */
export const RECIPE_FIELDS: FieldCodecs = {
	prompt: { since: 1, key: 'p', ...prompt },
	seed: { since: 1, key: 'seed', label: 'Seed', ...exactInteger(MAX_SEED) },
	// AUTOMATIC1111 writes both sides as one setting.
	width: { since: 1, key: 'w', label: 'Size', ...side },
	height: { since: 1, key: 'h', ...side },
	steps: { since: 1, key: 'steps', label: 'Steps', ...nearestInteger(MIN_STEPS, MAX_STEPS) },
	model: { since: 1, key: 'm', label: 'Model', ...name },
	revision: { since: 1, key: 'r', label: 'Model revision', ...name },
	negativePrompt: { since: 2, key: 'n', ...prompt },
	guidanceScale: { since: 2, key: 'cfg', label: 'CFG scale', ...decimal(0, 100) },
	guidanceNormalization: { since: 2, key: 'cfgn', label: 'CFG normalization', ...decimal(0, 100) },
	guidanceTruncation: { since: 2, key: 'cfgt', label: 'CFG truncation', ...decimal(0, 1) },
	sampler: { since: 2, key: 'sampler', label: 'Sampler', ...samplerName },
	schedule: { since: 2, key: 'schedule', label: 'Schedule type', ...scheduleName },
	shift: { since: 2, key: 'shift', label: 'Shift', ...decimal(0, 100) },
	eta: { since: 2, key: 'eta', label: 'Eta', ...decimal(0, 10) },
	noiseScale: { since: 2, key: 'sn', label: 'Sigma noise', ...decimal(0, 10) },
	noiseSource: { since: 2, key: 'rng', label: 'RNG', ...noiseSourceName },
	variationSeed: { since: 2, key: 'vs', label: 'Variation seed', ...exactInteger(MAX_SEED) },
	variationStrength: {
		...{ since: 2, key: 'vss', label: 'Variation seed strength' },
		...decimal(0, 1),
	},
	seedDelta: { since: 2, key: 'ensd', label: 'ENSD', ...exactInteger(MAX_SEED) },
	adapters: { since: 2, key: 'l', label: 'Lora hashes', ...adapters },
	denoisingStrength: { since: 2, key: 'd', label: 'Denoising strength', ...decimal(0, 1) },
	sourcePicture: { since: 2, key: 'img', label: 'Source picture', ...hash },
	sourceMask: { since: 2, key: 'mask', label: 'Source mask', ...hash },
	references: {
		...{ since: 2, key: 'refs', label: 'References' },
		...list({ read: contentHash, write: shortHash }),
	},
	controls: { since: 2, key: 'ctl', label: 'Controls', ...controls },
};

export const FIELD_NAMES = Object.keys(RECIPE_FIELDS) as readonly RecipeField[];

/** The newest version of links that this app reads and writes. */
export const RECIPE_VERSION = 2;

/** Of an object that holds more, the recipe alone. */
export function settingsOf(recipe: RecipeSettings): RecipeSettings {
	const settings = { ...recipe };
	for (const key of Object.keys(settings)) {
		if (!isRecipeField(key)) Reflect.deleteProperty(settings, key);
	}
	return settings;
}

export function isRecipeField(name: string): name is RecipeField {
	return Object.hasOwn(RECIPE_FIELDS, name);
}

/** The settings that a recipe has, each as text: for links, or in AUTOMATIC1111's words. */
export function writeFields(
	recipe: SharedRecipe,
	form: 'link' | 'words',
): ReadonlyMap<RecipeField, string> {
	const written = new Map<RecipeField, string>();
	for (const field of FIELD_NAMES) {
		const text = writeField(field, recipe[field], form);
		if (text !== undefined) written.set(field, text);
	}
	return written;
}

function writeField<Field extends RecipeField>(
	field: Field,
	value: Values[Field] | undefined,
	form: 'link' | 'words',
): string | undefined {
	const { say, write } = RECIPE_FIELDS[field];
	if (value === undefined) return undefined;
	return form === 'words' && say !== undefined ? say(value) : write(value);
}
