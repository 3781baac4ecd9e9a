import type { ModelReference, RecipeSettings } from './recipe-settings.ts';
import { recipeWarning } from './recipe-warning.ts';
import { type RestoredRecipe, restoreRecipe } from './restore-recipe.ts';

const OUR_VERSION = 'Shardlight ';
const NEGATIVE_PROMPT = 'Negative prompt:';
/** A last line with fewer pairs than this belongs to the prompt. */
const LEAST_PAIRS = 3;

/**
 * `key: value,` with the value JSON-quoted where it needs to be. The key's length is bounded because
 * a search that starts anew at every word of a long text would take quadratic time.
 */
const PAIR = /\b(\w[\w \-/]{1,63}):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)/g;
const EXTRA_NETWORK = / ?<(?:lora|lyco|hypernet):[^<>]{1,200}>/g;

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
	// Text in a PNG is UTF-8 without NUL.
	const prompt = recipe.prompt.toWellFormed().replaceAll('\0', ' ');
	const text = `${prompt}\n${settingsLine(recipe, model, appVersion)}`;
	if (parseRecipeText(text).prompt === recipe.prompt) return text;
	// The form has no escapes for a prompt that looks like settings. A setting can say it exactly, and
	// AUTOMATIC1111 itself lets a setting of this name win over the lines above.
	return `${text}, Prompt: ${JSON.stringify(recipe.prompt)}`;
}

function settingsLine(recipe: RecipeSettings, model: ModelReference, appVersion: string): string {
	const settings: [string, string | number][] = [
		['Steps', recipe.steps],
		['Sampler', 'Euler'],
		['CFG scale', 1],
		['Seed', recipe.seed],
		['Size', `${recipe.width}x${recipe.height}`],
		['Model', model.id],
	];
	if (model.revision !== undefined) settings.push(['Model revision', model.revision]);
	settings.push(['Version', `${OUR_VERSION}${appVersion}`]);
	return settings.map(([key, value]) => `${key}: ${quote(String(value))}`).join(', ');
}

/**
 * Reads the text that AUTOMATIC1111, its forks or this app wrote. Text without settings is a prompt.
 * What these models have no use for is left out with a warning.
 */
export function parseRecipeText(text: string): RestoredRecipe {
	const lines = text.trimEnd().split('\n');
	const settingsAt = findSettings(lines);
	const settings = new Map(pairs(lines[settingsAt] ?? ''));
	const ours = settings.get('Version')?.startsWith(OUR_VERSION) ?? false;

	const written = splitPrompts(lines.slice(0, settingsAt));
	const exact = ours ? settings.get('Prompt') : undefined;
	const full = exact ?? written.prompt;
	const prompt = ours ? full : full.replaceAll(EXTRA_NETWORK, '').trim();
	const [, width, height] = /^(\d+) ?x ?(\d+)$/.exec(settings.get('Size') ?? '') ?? [];

	const restored = restoreRecipe({
		...{ prompt, width, height },
		seed: settings.get('Seed'),
		steps: settings.get('Steps'),
		modelId: settings.get('Model'),
		modelRevision: settings.get('Model revision'),
	});
	const warnings = [...restored.warnings];
	if (!ours && written.negative !== '') warnings.push(recipeWarning('prompt', 'negative-prompt'));
	if (!ours && prompt !== full.trim()) warnings.push(recipeWarning('prompt', 'lora'));
	return { ...restored, warnings };
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
