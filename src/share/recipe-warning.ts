export type RecipeField = 'prompt' | 'seed' | 'width' | 'height' | 'steps' | 'size' | 'model';

export type RecipeProblem =
	/** The value is left out: it is no whole number, or text where none is possible. */
	| 'unreadable'
	/** The value is left out: another one would draw another picture. */
	| 'out-of-range'
	/** The nearest possible value is used. */
	| 'adjusted'
	/** The tail is cut. */
	| 'cut'
	/** The size is left out: one of its sides is missing. */
	| 'incomplete'
	/** Part of the source that these models have no use for: a negative prompt. */
	| 'negative-prompt'
	/** Part of the source that these models have no use for: LoRA tags. */
	| 'lora';

/** Something that a link or file asked for and does not get. */
export interface RecipeWarning {
	readonly field: RecipeField;
	readonly problem: RecipeProblem;
	/** What stood there, shortened. */
	readonly given?: string;
	/** What is used instead. */
	readonly used?: number;
	/** English, for people. */
	readonly message: string;
}

const MAX_GIVEN = 24;

/** @param given as it was read; only its beginning is kept */
export function recipeWarning(
	field: RecipeField,
	problem: RecipeProblem,
	given?: unknown,
	used?: number,
): RecipeWarning {
	const shown = given === undefined ? undefined : shorten(given);
	return { field, problem, given: shown, used, message: describe(field, problem, shown, used) };
}

function shorten(given: unknown): string {
	// Numbers and text only: other values may be large, or have a toString of their own.
	const text =
		typeof given === 'string' || typeof given === 'number' ? String(given) : typeof given;
	return text.length > MAX_GIVEN ? `${text.slice(0, MAX_GIVEN)}…` : text;
}

function describe(
	field: RecipeField,
	problem: RecipeProblem,
	given: string | undefined,
	used: number | undefined,
): string {
	switch (problem) {
		case 'unreadable':
			return `The ${field} “${given ?? ''}” cannot be read, so yours stays. Check it before you generate.`;
		case 'out-of-range':
			return `The ${field} ${given ?? ''} is outside what this app can draw, so yours stays.`;
		case 'adjusted':
			return `The ${field} ${given ?? ''} is not possible here; ${used ?? ''} is used instead.`;
		case 'cut':
			return `The ${field} was too long; its end was cut. Check it before you generate.`;
		case 'incomplete':
			return `Only one side of the ${field} is given, so yours stays.`;
		case 'negative-prompt':
			return 'The negative prompt was left out: this model takes none.';
		case 'lora':
			return 'LoRA tags were removed from the prompt: this app has none to load.';
	}
}
