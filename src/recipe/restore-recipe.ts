import {
	FIELD_NAMES,
	RECIPE_FIELDS,
	type RecipeField,
	type SharedRecipe,
} from './recipe-fields.ts';
import type { ModelReference, RecipeOptions } from './recipe-settings.ts';
import { type RecipeWarning, shorten } from './recipe-warning.ts';
import type { Reading } from './value-codec.ts';

/** What a link, a file or a database says, before anybody has looked at it. */
export type UncheckedRecipe = Readonly<Partial<Record<RecipeField, unknown>>>;

/** A recipe from outside: checked, and without what it lacked or got wrong. */
export interface RestoredRecipe extends RecipeOptions {
	/** At most 100,000 UTF-16 units; may be empty. Absent where nothing says what the picture shows. */
	readonly prompt?: string;
	/** Integer from 0 to 2^53 - 1 */
	readonly seed?: number;
	/** 1 to 50 */
	readonly steps?: number;
	/** Pixels, multiples of 16 from 16 to 8192; the model may want less */
	readonly size?: { readonly width: number; readonly height: number };
	/** Just names: the model may not exist here */
	readonly model?: ModelReference;
	readonly warnings: readonly RecipeWarning[];
}

/**
 * Takes from a recipe of unknown origin what is possible, and says what was not. Never throws.
 *
 * @param newer if a newer version wrote it: its settings that are not known here, by their names there
 */
export function restoreRecipe(given: UncheckedRecipe, newer?: readonly string[]): RestoredRecipe {
	const { settings, warnings } = readSettings(given, newer);
	const { width, height, model, revision, ...rest } = settings;
	return {
		...rest,
		size: width === undefined || height === undefined ? undefined : { width, height },
		model: model === undefined ? undefined : { id: model, revision },
		warnings,
	};
}

/**
 * As `restoreRecipe`, of a file that another program wrote.
 *
 * @param notes what that program did besides
 */
export function restoreForeign(
	given: UncheckedRecipe,
	notes: readonly RecipeWarning[],
): RestoredRecipe {
	const recipe = restoreRecipe({ ...given, prompt: blankToAbsent(given.prompt) });
	const missing: readonly RecipeWarning[] =
		recipe.prompt === undefined ? [{ problem: 'no-prompt' }] : [];
	return { ...recipe, warnings: [...missing, ...recipe.warnings, ...notes] };
}

function blankToAbsent(prompt: unknown): unknown {
	return typeof prompt === 'string' && prompt.trim() === '' ? undefined : prompt;
}

/** As `restoreRecipe`, but setting by setting. */
export function readSettings(
	given: UncheckedRecipe,
	newer?: readonly string[],
): { readonly settings: Partial<SharedRecipe>; readonly warnings: readonly RecipeWarning[] } {
	const warnings: RecipeWarning[] = [];
	if (newer !== undefined)
		warnings.push({ problem: 'newer', settings: newer.map((label) => shorten(label)) });
	const hasOneSide = (given.width === undefined) !== (given.height === undefined);
	if (hasOneSide) warnings.push({ problem: 'incomplete', field: 'size' });
	const settings: Partial<Record<RecipeField, unknown>> = {};
	for (const field of FIELD_NAMES) {
		const one = given[field];
		if (one === undefined || (hasOneSide && (field === 'width' || field === 'height'))) continue;
		const { value, problem } = RECIPE_FIELDS[field].read(one);
		if (value !== undefined) settings[field] = value;
		if (problem !== undefined) warnings.push(warningOf(field, problem, one, value));
	}
	// Each value came from its own field's codec.
	return { settings: settings as Partial<SharedRecipe>, warnings };
}

function warningOf(
	field: RecipeField,
	problem: NonNullable<Reading<unknown>['problem']>,
	given: unknown,
	used: unknown,
): RecipeWarning {
	if (problem === 'cut') return { problem, field };
	if (problem === 'adjusted') return { problem, field, given: shorten(given), used: Number(used) };
	return { problem, field, given: shorten(given) };
}
