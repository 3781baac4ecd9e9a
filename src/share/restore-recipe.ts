import type { ModelReference } from './recipe-settings.ts';
import { type RecipeField, type RecipeWarning, recipeWarning } from './recipe-warning.ts';

/** UTF-16 units. Models read about 2,000; this is where a prompt stops being one. */
export const MAX_PROMPT_LENGTH = 100_000;
const MAX_STEPS = 50;
const SIDE_MULTIPLE = 16;
/** Pixels: as far as the position tables of the largest model reach. */
const MAX_SIDE = 8192;
const MAX_NAME_LENGTH = 128;

/** What a link or file says, before anybody has looked at it. */
export interface UncheckedRecipe {
	readonly prompt: string;
	readonly seed?: unknown;
	readonly width?: unknown;
	readonly height?: unknown;
	readonly steps?: unknown;
	readonly modelId?: unknown;
	readonly modelRevision?: unknown;
}

/** A recipe from outside: checked, and without what it lacked or got wrong. */
export interface RestoredRecipe {
	/** At most 100,000 UTF-16 units; may be empty */
	readonly prompt: string;
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

/** Takes from a recipe of unknown origin what is possible, and says what was not. */
export function restoreRecipe(unchecked: UncheckedRecipe): RestoredRecipe {
	const warnings: RecipeWarning[] = [];
	const warn = (warning: RecipeWarning): void => {
		warnings.push(warning);
	};
	const restored = {
		prompt: restorePrompt(unchecked.prompt, warn),
		seed: restoreSeed(unchecked.seed, warn),
		steps: restoreSteps(unchecked.steps, warn),
		size: restoreSize(unchecked, warn),
		model: restoreModel(unchecked, warn),
	};
	return { ...restored, warnings };
}

type Warn = (warning: RecipeWarning) => void;

function restorePrompt(prompt: string, warn: Warn): string {
	if (prompt.length <= MAX_PROMPT_LENGTH) return prompt;
	warn(recipeWarning('prompt', 'cut'));
	return prompt.slice(0, MAX_PROMPT_LENGTH);
}

function restoreSeed(given: unknown, warn: Warn): number | undefined {
	const seed = wholeNumber('seed', given, warn);
	if (seed === undefined || Number.isSafeInteger(seed)) return seed;
	warn(recipeWarning('seed', 'out-of-range', given));
	return undefined;
}

function restoreSteps(given: unknown, warn: Warn): number | undefined {
	const steps = wholeNumber('steps', given, warn);
	if (steps === undefined) return undefined;
	return adjusted('steps', given, Math.min(MAX_STEPS, Math.max(1, steps)), steps, warn);
}

function restoreSize({ width, height }: UncheckedRecipe, warn: Warn): RestoredRecipe['size'] {
	if (width === undefined && height === undefined) return undefined;
	if (width === undefined || height === undefined) {
		warn(recipeWarning('size', 'incomplete'));
		return undefined;
	}
	const restoredWidth = restoreSide('width', width, warn);
	const restoredHeight = restoreSide('height', height, warn);
	if (restoredWidth === undefined || restoredHeight === undefined) return undefined;
	return { width: restoredWidth, height: restoredHeight };
}

function restoreSide(field: 'width' | 'height', given: unknown, warn: Warn): number | undefined {
	const side = wholeNumber(field, given, warn);
	if (side === undefined) return undefined;
	const nearest = Math.round(side / SIDE_MULTIPLE) * SIDE_MULTIPLE;
	const possible = Math.min(MAX_SIDE, Math.max(SIDE_MULTIPLE, nearest));
	return adjusted(field, given, possible, side, warn);
}

function restoreModel(
	{ modelId, modelRevision }: UncheckedRecipe,
	warn: Warn,
): ModelReference | undefined {
	if (modelId === undefined || modelId === '') return undefined;
	if (!isName(modelId)) {
		warn(recipeWarning('model', 'unreadable', modelId));
		return undefined;
	}
	return isName(modelRevision) ? { id: modelId, revision: modelRevision } : { id: modelId };
}

/** A name is shown and compared, never used as an address; control characters would only mislead. */
function isName(value: unknown): value is string {
	return (
		typeof value === 'string' &&
		value.length > 0 &&
		value.length <= MAX_NAME_LENGTH &&
		value.isWellFormed() &&
		!/[\p{Cc}\p{Bidi_Control}]/u.test(value)
	);
}

function wholeNumber(field: RecipeField, given: unknown, warn: Warn): number | undefined {
	if (given === undefined) return undefined;
	if (typeof given === 'number' && Number.isInteger(given) && given >= 0) return given;
	if (typeof given === 'string' && /^\d{1,300}$/.test(given)) return Number(given);
	warn(recipeWarning(field, 'unreadable', given));
	return undefined;
}

function adjusted(
	field: RecipeField,
	given: unknown,
	possible: number,
	wanted: number,
	warn: Warn,
): number {
	if (possible !== wanted) warn(recipeWarning(field, 'adjusted', given, possible));
	return possible;
}
