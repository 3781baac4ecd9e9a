import {
	FIELD_NAMES,
	RECIPE_FIELDS,
	type RecipeField,
	writeFields,
} from '../recipe/recipe-fields.ts';
import type { ModelReference, RecipeSettings } from '../recipe/recipe-settings.ts';
import { type RestoredRecipe, restoreRecipe } from '../recipe/restore-recipe.ts';
import { readOwnTags, readTags, writeTags } from './adapter-tags.ts';

const OUR_VERSION = 'Shardlight ';
const NEGATIVE_PROMPT = 'Negative prompt:';
/** A last line with fewer pairs than this belongs to the prompt. */
const LEAST_PAIRS = 3;

/**
 * `key: value,` with the value JSON-quoted where it needs to be. The key's length is bounded because
 * a search that starts anew at every word of a long text would take quadratic time.
 */
const PAIR = /\b(\w[\w \-/]{1,63}):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)/g;

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

/**
 * Reads the text that AUTOMATIC1111, its forks or this app wrote. Text without settings is a prompt.
 * Settings of other programs that mean nothing here are passed over; a newer version's are told.
 */
export function parseRecipeText(text: string): RestoredRecipe {
	const lines = text.trimEnd().split('\n');
	const settingsAt = findSettings(lines);
	const settings = new Map(pairs(lines[settingsAt] ?? ''));
	const isOurs = settings.get('Version')?.startsWith(OUR_VERSION) ?? false;

	const written = splitPrompts(lines.slice(0, settingsAt));
	const exact = isOurs ? settings.get('Prompt') : undefined;
	const negative = exact === undefined ? written.negative : settings.get('Negative prompt');
	const tagged = (isOurs ? readOwnTags : readTags)(
		exact ?? written.prompt,
		settings.get('Lora hashes') ?? '',
	);
	const [, width, height] = /^(\d+) ?x ?(\d+)$/.exec(settings.get('Size') ?? '') ?? [];
	const newer = isOurs ? [...settings.keys()].filter((label) => !OWN_LABELS.has(label)) : [];
	const labelled = FIELD_NAMES.map((field) => [field, RECIPE_FIELDS[field].label] as const);
	return restoreRecipe(
		{
			...Object.fromEntries(
				labelled.map(([field, label]) => [field, label && settings.get(label)]),
			),
			prompt: tagged.prompt,
			negativePrompt: negative === '' ? undefined : negative,
			adapters: tagged.adapters.length === 0 ? undefined : tagged.adapters,
			...{ width, height },
		},
		newer.length === 0 ? undefined : newer,
	);
}

/** Some extensions write lines of their own below the settings. */
function findSettings(lines: readonly string[]): number {
	const isSettings = (line: string): boolean => pairs(line).length >= LEAST_PAIRS;
	if (isSettings(lines.at(-1) ?? '')) return lines.length - 1;
	const at = lines.findLastIndex((line) => line.startsWith('Steps: ') && isSettings(line));
	return at < 0 ? lines.length : at;
}

function splitPrompts(lines: readonly string[]): { prompt: string; negative: string } {
	const found = lines.findIndex((line) => line.startsWith(NEGATIVE_PROMPT));
	const negativeAt = found < 0 ? lines.length : found;
	const negative = lines.slice(negativeAt).join('\n').slice(NEGATIVE_PROMPT.length);
	return { prompt: lines.slice(0, negativeAt).join('\n'), negative: negative.trim() };
}

function pairs(line: string): (readonly [string, string])[] {
	return Array.from(line.matchAll(PAIR), ([, key = '', value = '']) => [key, unquote(value)]);
}

function quote(value: string): string {
	const plain = value.isWellFormed() && !/[,:"\p{Cc}]|^\s|\s$/u.test(value);
	return plain ? value : JSON.stringify(value);
}

function unquote(value: string): string {
	const text = value.trim();
	if (!/^".*"$/s.test(text)) return text;
	try {
		const parsed: unknown = JSON.parse(text);
		return typeof parsed === 'string' ? parsed : text;
	} catch {
		return text;
	}
}
