import { isRecipeField } from '../recipe/recipe-fields.ts';
import type { ModelReference, RecipeSettings } from '../recipe/recipe-settings.ts';
import type { RecipeWarning } from '../recipe/recipe-warning.ts';
import { readSettings } from '../recipe/restore-recipe.ts';

/** How a picture came to be. The engine's `GenerationReport` fits as it is. */
export interface PictureReport {
	readonly promptTokens: number;
	/** Milliseconds */
	readonly stageMilliseconds: Readonly<Record<'tokenise' | 'encode' | 'sample' | 'decode', number>>;
	readonly totalMilliseconds: number;
	readonly peakGpuBytes: number;
	readonly peakWeightBytes: number;
	readonly bytesRead: number;
}

/** What the grid shows of a picture. */
export interface HistoryEntry {
	/** Counts up: a higher id is a newer picture. */
	readonly id: number;
	/** Milliseconds since 1970 */
	readonly createdAt: number;
	readonly recipe: RecipeSettings;
	readonly model: ModelReference;
	/** Absent for a picture that was drawn elsewhere. */
	readonly report?: PictureReport;
	/** At most 256 pixels a side, WebP or PNG; stays on disk until it is shown */
	readonly thumbnail: Blob;
	/** What of the recipe this version cannot read. */
	readonly warnings: readonly RecipeWarning[];
}

/** An entry as it is stored. */
export interface StoredEntry extends Omit<HistoryEntry, 'warnings'> {
	/** Picture and thumbnail together */
	readonly bytes: number;
	/** Milliseconds since 1970; there only while a deletion can be undone */
	readonly deletedAt?: number;
}

/**
 * Checks what the database gave back: another version or a damaged disk may have written it.
 *
 * @returns undefined for what is no entry
 */
export function readEntry(value: unknown): HistoryEntry | undefined {
	if (!isObject(value)) return undefined;
	const { id, createdAt, model, report, thumbnail } = value;
	const recipe = readRecipe(value['recipe']);
	const valid =
		isNumbers({ id, createdAt }) &&
		recipe !== undefined &&
		isObject(model) &&
		typeof model['id'] === 'string' &&
		['string', 'undefined'].includes(typeof model['revision']) &&
		(report === undefined || isReport(report)) &&
		thumbnail instanceof Blob;
	return valid ? ({ ...value, ...recipe } as unknown as HistoryEntry) : undefined;
}

function isReport(value: unknown): boolean {
	if (!isObject(value) || !isObject(value['stageMilliseconds'])) return false;
	const { promptTokens, totalMilliseconds, peakGpuBytes, peakWeightBytes, bytesRead } = value;
	const { tokenise, encode, sample, decode } = value['stageMilliseconds'];
	return (
		isNumbers({ promptTokens, totalMilliseconds, peakGpuBytes, peakWeightBytes, bytesRead }) &&
		isNumbers({ tokenise, encode, sample, decode })
	);
}

function readRecipe(value: unknown): Pick<HistoryEntry, 'recipe' | 'warnings'> | undefined {
	if (!isObject(value)) return undefined;
	const { prompt, seed, width, height, steps, ...options } = value;
	const numbers = { seed, width, height, steps };
	if (typeof prompt !== 'string' || !isNumbers(numbers)) return undefined;
	const newer = Object.keys(options).filter((setting) => !isRecipeField(setting));
	const { settings, warnings } = readSettings(options, newer.length === 0 ? undefined : newer);
	return { recipe: { ...settings, prompt, ...numbers }, warnings };
}

function isNumbers<Key extends string>(
	values: Readonly<Record<Key, unknown>>,
): values is Readonly<Record<Key, number>> {
	return Object.values(values).every(Number.isFinite);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null;
}
