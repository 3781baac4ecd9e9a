import { AppError } from '../errors/app-error.ts';

declare module '../errors/app-error.ts' {
	interface ErrorData {
		'recipe-link': { readonly problem: RecipeLinkProblem };
		png: { readonly detail: string };
		inflate: { readonly detail: string };
	}
}

/** `too-long`: a prompt that does not fit a link. */
export type RecipeLinkProblem = 'no-recipe' | 'newer-version' | 'broken' | 'too-long';

/** A link cannot be read, or not be made. */
export class RecipeLinkError extends AppError<'recipe-link'> {
	constructor(problem: RecipeLinkProblem) {
		super('recipe-link', { problem }, { engineUsable: true });
	}
}

/** A file is no PNG, or a damaged one. */
export class PngError extends AppError<'png'> {
	constructor(detail: string) {
		super('png', { detail }, { engineUsable: true });
	}
}

/** Compressed bytes are damaged, or hold more than they should. */
export class InflateError extends AppError<'inflate'> {
	constructor(detail: string) {
		super('inflate', { detail }, { engineUsable: true });
	}
}
