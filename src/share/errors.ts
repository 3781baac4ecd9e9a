const LINK_MESSAGES = {
	'no-recipe': 'This link holds no recipe. Ask for it again, or write a prompt yourself.',
	'newer-version':
		'This link was made by a newer Shardlight. Reload the page to get the new version, then open the link again.',
	broken:
		'This link is damaged: part of it was changed or cut off. Copy the whole link again, or ask for it again.',
	'too-long':
		'The prompt is too long for a link. Save the picture instead: its file carries the whole prompt.',
};

export type RecipeLinkProblem = keyof typeof LINK_MESSAGES;

/** A link cannot be read, or not be made. */
export class RecipeLinkError extends Error {
	override readonly name = 'RecipeLinkError';
	readonly problem: RecipeLinkProblem;
	constructor(problem: RecipeLinkProblem) {
		super(LINK_MESSAGES[problem]);
		this.problem = problem;
	}
}

/** A picture file is fine but says nothing of how it was made. */
export class NoRecipeError extends Error {
	override readonly name = 'NoRecipeError';
	constructor() {
		super(
			'This picture carries no prompt or settings. Many sites remove them: use the original PNG file.',
		);
	}
}

/** A file is no PNG, or a damaged one. */
export class PngError extends Error {
	override readonly name = 'PngError';
	constructor(detail: string) {
		super(`This file cannot be read as a PNG picture (${detail}). Use the original PNG file.`);
	}
}

/** Compressed bytes are damaged, or hold more than they should. */
export class InflateError extends Error {
	override readonly name = 'InflateError';
	constructor(detail: string) {
		super(`The compressed text is unusable (${detail}). Get the link or file again.`);
	}
}
