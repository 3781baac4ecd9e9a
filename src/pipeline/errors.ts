import type { RecipeOption } from '../recipe/fit-options.ts';

export class EmptyPromptError extends Error {
	override readonly name = 'EmptyPromptError';
	constructor() {
		super('The prompt is empty. Describe the picture you want, for example "a red circle".');
	}
}

/** A field of the recipe is outside what the model can do. The message names the field and its range. */
export class InvalidRecipeError extends Error {
	override readonly name = 'InvalidRecipeError';
}

/** The recipe asks for what the model cannot do. */
export class UnsupportedOptionsError extends Error {
	override readonly name = 'UnsupportedOptionsError';
	readonly options: readonly RecipeOption[];
	constructor(options: readonly RecipeOption[]) {
		super(`This model cannot do what is asked of it: ${options.join(', ')}. Leave these out.`);
		this.options = options;
	}
}

/** A block's output holds NaN or infinity. */
export class NonFiniteError extends Error {
	override readonly name = 'NonFiniteError';
	constructor(blocks: readonly string[], when: string) {
		super(
			`The GPU computed values that are not numbers (${when}, first in ${blocks[0] ?? 'an unknown block'}). ` +
				'The picture was stopped. Press Repair to check the model, or update the graphics driver.',
		);
	}
}

/** Not even the least that a picture of this size takes fits the budget. */
export class BudgetTooSmallError extends Error {
	override readonly name = 'BudgetTooSmallError';
	constructor(
		size: { readonly width: number; readonly height: number },
		leastBytes: number,
		budgetBytes: number,
	) {
		const gigabytes = (bytes: number, round: (value: number) => number): string =>
			(round(bytes / 1e8) / 10).toFixed(1);
		super(
			`A picture of ${size.width} × ${size.height} pixels takes at least ${gigabytes(leastBytes, Math.ceil)} GB of GPU memory, ` +
				`and the budget is ${gigabytes(budgetBytes, Math.floor)} GB. Raise the budget under Memory, or choose a smaller size.`,
		);
	}
}
