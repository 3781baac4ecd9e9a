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
	| { readonly problem: 'newer'; readonly settings: readonly string[] }
	/** Nothing in the file says what the picture shows. */
	| { readonly problem: 'no-prompt' }
	| NotDrawn;

/** Another program did more to its picture than its recipe says here. */
export interface NotDrawn {
	readonly problem: 'not-drawn';
	readonly step: ForeignStep;
	/** What it is called there: nodes, networks, settings. May be empty. */
	readonly names: readonly string[];
}

/** What other programs do to a picture that a recipe has no setting for. */
export type ForeignStep =
	/** Drawn over once more, mostly larger. */
	| 'second-pass'
	/** Only some of the steps of a schedule were run. */
	| 'part-of-steps'
	| 'control'
	/** It was not drawn from noise alone, and the picture below is not in the file. */
	| 'source-picture'
	| 'inpainting'
	/** Pictures that the model looked at. */
	| 'reference-picture'
	/** Enlarged or changed after it was drawn. */
	| 'after-work'
	/** Faces or hands drawn anew. */
	| 'detailer'
	| 'refiner'
	/** Noise mixed of two seeds, or of another size. */
	| 'mixed-noise'
	/** Noise of another random number generator: the same seed draws another picture. */
	| 'gpu-noise'
	| 'tiling'
	/** Parts of the prompt counted more than others. */
	| 'prompt-weights'
	| 'embeddings'
	/** Several prompts were mixed, or meant for parts of the picture. */
	| 'several-prompts'
	/** The prompt that was drawn had words of a style around it. */
	| 'styles'
	/** One of several pictures of one run. */
	| 'batch'
	/** Nodes or settings that nobody here knows. */
	| 'unknown';

const MAX_GIVEN = 24;
const MAX_NAME = 60;
const MAX_NAMES = 8;

export function notDrawn(step: ForeignStep, names: readonly unknown[] = []): NotDrawn {
	const shown = names
		.filter((name) => typeof name === 'string' || typeof name === 'number')
		.map((name) => shorten(name, MAX_NAME));
	return { problem: 'not-drawn', step, names: [...new Set(shown)].slice(0, MAX_NAMES) };
}

/** Of a value of unknown origin, enough to recognise it. */
export function shorten(given: unknown, most = MAX_GIVEN): string {
	// Other values may be large, or have a toString of their own.
	if (typeof given !== 'string' && typeof given !== 'number') return '…';
	const text = String(given);
	return text.length > most ? `${text.slice(0, most)}…` : text;
}
