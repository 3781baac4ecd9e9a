import type { RecipeField } from './recipe-fields.ts';

/** What a recipe from a link, a file or the history asked for and does not get. */
export type RecipeWarning =
	/** Left out: no such value, or one whose neighbours would draw another picture. */
	| {
			readonly problem: 'unreadable' | 'out-of-range';
			readonly field: RecipeField;
			/** What stood there, shortened. */
			readonly given: string;
	  }
	/** The nearest possible value is used. */
	| {
			readonly problem: 'adjusted';
			readonly field: RecipeField;
			readonly given: string;
			readonly used: number;
	  }
	/** The end is cut off. */
	| { readonly problem: 'cut'; readonly field: RecipeField }
	/** Left out: one of its sides is missing. */
	| { readonly problem: 'incomplete'; readonly field: 'size' }
	/** A newer version of this app wrote it; these settings, by the names they have there, are left out. */
	| { readonly problem: 'newer'; readonly settings: readonly string[] };

const MAX_GIVEN = 24;

/** Of a value of unknown origin, enough to recognise it. */
export function shorten(given: unknown): string {
	// Other values may be large, or have a toString of their own.
	if (typeof given !== 'string' && typeof given !== 'number') return '…';
	const text = String(given);
	return text.length > MAX_GIVEN ? `${text.slice(0, MAX_GIVEN)}…` : text;
}
