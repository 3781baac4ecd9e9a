import {
	FIELD_NAMES,
	RECIPE_FIELDS,
	type RecipeField,
	writeFields,
} from '../recipe/recipe-fields.ts';
import type { ModelReference, RecipeSettings } from '../recipe/recipe-settings.ts';
import { type RestoredRecipe, restoreForeign, restoreRecipe } from '../recipe/restore-recipe.ts';
import { splitSamplerName } from '../recipe/sampler-names.ts';
import { readOwnTags, readTags, type TaggedPrompt, writeTags } from './adapter-tags.ts';
import { civitaiResources } from './civitai-resources.ts';
import { readSettingsLine } from './settings-line.ts';
import { textNotes } from './text-notes.ts';

const OUR_VERSION = 'Shardlight ';
const NEGATIVE_PROMPT = 'Negative prompt:';
/** A last line with fewer pairs than this belongs to the prompt. */
const LEAST_PAIRS = 3;

/** What settings have at least one of. */
const SIGNS: ReadonlySet<string> = new Set([
	'steps',
	'seed',
	'size',
	'sampler',
	'cfg scale',
	'model',
]);

/** AUTOMATIC1111's order; the rest follows in that of links. */
const ORDER: ReadonlySet<RecipeField> = new Set([
	...(['steps', 'sampler', 'schedule', 'guidanceScale', 'seed', 'width'] as const),
	...FIELD_NAMES,
]);
/** Readers expect these two: what a model does that was not asked for anything else. */
const UNSAID: readonly [RecipeField, string][] = [
	['sampler', 'Euler'],
	['guidanceScale', '1'],
];
const OWN_LABELS: ReadonlySet<string | undefined> = new Set([
	...FIELD_NAMES.map((field) => RECIPE_FIELDS[field].label),
	...['Version', 'Prompt', 'Negative prompt'],
]);

/**
 * A recipe in the text form of AUTOMATIC1111's web UI, which image viewers and model sites read: the
 * prompt, then a line of settings.
 *
 * @param appVersion for example `0.1.0`
 */
export function writeRecipeText(
	recipe: RecipeSettings,
	model: ModelReference,
	appVersion: string,
): string {
	const { tags, hashes } = writeTags(recipe.adapters ?? []);
	const prompt = recipe.prompt + tags;
	const negative = recipe.negativePrompt ?? '';
	const shared = { ...recipe, model: model.id, revision: model.revision };
	const texts = new Map([...UNSAID, ...writeFields(shared, 'words')])
		.set('width', `${recipe.width}x${recipe.height}`)
		.set('adapters', hashes);
	const settings = Array.from(ORDER, (field) => [RECIPE_FIELDS[field].label, texts.get(field)])
		.concat([['Version', `${OUR_VERSION}${appVersion}`]])
		.flatMap(([label, value]) => (label && value ? [`${label}: ${quote(value)}`] : []));
	const above = negative === '' ? prompt : `${prompt}\n${NEGATIVE_PROMPT} ${negative}`;
	// Text in a PNG is UTF-8 without NUL.
	const text = `${above.toWellFormed().replaceAll('\0', ' ')}\n${settings.join(', ')}`;
	const read = parseRecipeText(text);
	if (read.prompt === recipe.prompt && (read.negativePrompt ?? '') === negative) return text;
	// The form has no escapes for a prompt that looks like settings. A setting can say it exactly, and
	// AUTOMATIC1111 itself lets a setting of this name win over the lines above.
	const exact = `${text}, Prompt: ${JSON.stringify(prompt)}`;
	return negative === '' ? exact : `${exact}, ${NEGATIVE_PROMPT} ${JSON.stringify(negative)}`;
}

/** By what labels other programs say a setting; in lower case, the first that is there. */
const FOREIGN_LABELS = {
	seed: ['seed'],
	steps: ['steps'],
	model: ['model', 'base model', 'model name'],
	guidanceScale: ['cfg scale', 'guidance scale', 'cfg'],
	sampler: ['sampler', 'sampler name'],
	schedule: ['schedule type', 'scheduler', 'schedule'],
	shift: ['shift', 'sampler shift', 'distilled cfg scale'],
	denoisingStrength: ['denoising strength'],
} satisfies Partial<Record<RecipeField, readonly string[]>>;

/**
 * Reads the text that AUTOMATIC1111, its forks or this app wrote. Text without settings is a prompt.
 * Settings of other programs that mean nothing here are passed over; those that change the picture are
 * told, and a newer version's of this app.
 */
export function parseRecipeText(text: string): RestoredRecipe {
	const lines = text.trimEnd().split('\n');
	const settingsAt = findSettings(lines);
	const settings = new Map<string, string>();
	for (const [label, value] of readSettingsLine(lines[settingsAt] ?? '')) {
		// Of equal labels the first counts: what extensions add stands behind.
		if (!settings.has(label)) settings.set(label, value);
	}
	const written = splitPrompts(lines.slice(0, settingsAt));
	return settings.get('Version')?.startsWith(OUR_VERSION)
		? restoreOwn(settings, written)
		: restoreOther(settings, written);
}

/** Whether a text ends in settings, so that it is more than a prompt. */
export function hasSettings(text: string): boolean {
	const lines = text.trimEnd().split('\n');
	return findSettings(lines) < lines.length;
}

function restoreOwn(
	settings: ReadonlyMap<string, string>,
	written: WrittenPrompts,
): RestoredRecipe {
	const exact = settings.get('Prompt');
	const negative = exact === undefined ? written.negative : settings.get('Negative prompt');
	const tagged = readOwnTags(exact ?? written.prompt, settings.get('Lora hashes') ?? '');
	const newer = [...settings.keys()].filter((label) => !OWN_LABELS.has(label));
	const labelled = FIELD_NAMES.map((field) => [field, RECIPE_FIELDS[field].label] as const);
	return restoreRecipe(
		{
			...Object.fromEntries(
				labelled.map(([field, label]) => [field, label && settings.get(label)]),
			),
			...promptsOf(tagged, negative),
			...sizeOf(settings.get('Size')),
		},
		newer.length === 0 ? undefined : newer,
	);
}

function restoreOther(
	labelled: ReadonlyMap<string, string>,
	{ prompt, negative }: WrittenPrompts,
): RestoredRecipe {
	const settings = new Map(
		[...labelled].map(([label, value]) => [label.trim().toLowerCase(), value]),
	);
	const given: Partial<Record<RecipeField, unknown>> = {};
	for (const [field, labels] of Object.entries(FOREIGN_LABELS)) {
		const label = labels.find((candidate) => settings.has(candidate));
		if (label !== undefined) given[field as keyof typeof FOREIGN_LABELS] = settings.get(label);
	}
	const { model, adapters } = civitaiResources(settings.get('civitai resources'));
	given.model ??= model;
	const named = splitSamplerName(given.sampler, given.schedule);
	const notes = textNotes(settings, prompt);
	const hasSource = notes.some(({ step }) => step === 'source-picture');
	const hashes = settings.get('lora hashes') ?? '';
	const tagged = readTags(prompt, hashes, settings.get('lora weights'));
	return restoreForeign(
		{
			...given,
			...named,
			// What it says of a second pass is not said of the first.
			denoisingStrength: hasSource ? given.denoisingStrength : undefined,
			// Forge writes 0 where the model's own is taken.
			shift: given.shift === '0' ? undefined : given.shift,
			...promptsOf(tagged.adapters.length > 0 ? tagged : { ...tagged, adapters }, negative),
			...sizeOf(settings.get('size') ?? settings.get('resolution')),
		},
		notes,
	);
}

function promptsOf({ prompt, adapters }: TaggedPrompt, negative: string | undefined): object {
	return {
		prompt,
		negativePrompt: negative === '' ? undefined : negative,
		adapters: adapters.length === 0 ? undefined : adapters,
	};
}

function sizeOf(size = ''): { readonly width?: string; readonly height?: string } {
	const [, width, height] = /^\(?(\d+) ?[x×,] ?(\d+)\)?$/i.exec(size) ?? [];
	return width === undefined ? {} : { width, height };
}

interface WrittenPrompts {
	readonly prompt: string;
	readonly negative: string;
}

/** Some extensions write lines of their own below the settings. */
function findSettings(lines: readonly string[]): number {
	const isSettings = (line: string): boolean => {
		const settings = readSettingsLine(line);
		const isOne = settings.some(([label]) => SIGNS.has(label.trim().toLowerCase()));
		return isOne && settings.length >= LEAST_PAIRS;
	};
	if (isSettings(lines.at(-1) ?? '')) return lines.length - 1;
	const at = lines.findLastIndex((line) => line.startsWith('Steps: ') && isSettings(line));
	return at < 0 ? lines.length : at;
}

function splitPrompts(lines: readonly string[]): WrittenPrompts {
	const found = lines.findIndex((line) => line.startsWith(NEGATIVE_PROMPT));
	const negativeAt = found < 0 ? lines.length : found;
	const negative = lines.slice(negativeAt).join('\n').slice(NEGATIVE_PROMPT.length);
	return { prompt: lines.slice(0, negativeAt).join('\n'), negative: negative.trim() };
}

function quote(value: string): string {
	const plain = value.isWellFormed() && !/[,:"\p{Cc}]|^\s|\s$/u.test(value);
	return plain ? value : JSON.stringify(value);
}
