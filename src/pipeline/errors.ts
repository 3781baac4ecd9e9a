import { AppError } from '../errors/app-error.ts';
import type { RecipeOption } from '../recipe/fit-options.ts';

declare module '../errors/app-error.ts' {
	interface ErrorData {
		'empty-prompt': NoData;
		'invalid-recipe': RecipeFault;
		'unsupported-options': { readonly options: readonly RecipeOption[] };
		'non-finite': { readonly block: string; readonly when: string };
		'budget-too-small': {
			readonly width: number;
			readonly height: number;
			readonly leastBytes: number;
			readonly budgetBytes: number;
		};
	}
}

/** A number of a recipe that the model cannot do. */
export interface RecipeFault {
	readonly field: 'seed' | 'steps' | 'width' | 'height';
	readonly value: number;
	readonly least: number;
	readonly most: number;
	/** It must be a multiple of this. */
	readonly multiple?: number;
	/** The nearest value that the model can do. */
	readonly nearest?: number;
}

export class EmptyPromptError extends AppError<'empty-prompt'> {
	constructor() {
		super('empty-prompt', {}, { engineUsable: true });
	}
}

/** A field of the recipe is outside what the model can do. */
export class InvalidRecipeError extends AppError<'invalid-recipe'> {
	constructor(fault: RecipeFault) {
		super('invalid-recipe', fault, { engineUsable: true });
	}
}

/** The recipe asks for what the model cannot do. */
export class UnsupportedOptionsError extends AppError<'unsupported-options'> {
	constructor(options: readonly RecipeOption[]) {
		super('unsupported-options', { options }, { engineUsable: true });
	}
}

/** A block's output holds NaN or infinity. */
export class NonFiniteError extends AppError<'non-finite'> {
	/** @param when for example "step 3 of 8" */
	constructor([block = 'unknown']: readonly string[], when: string) {
		super('non-finite', { block, when }, { engineUsable: true, remedy: 'repair' });
	}
}

/** Not even the least that a picture of this size takes fits the budget. */
export class BudgetTooSmallError extends AppError<'budget-too-small'> {
	constructor(
		{ width, height }: { readonly width: number; readonly height: number },
		leastBytes: number,
		budgetBytes: number,
	) {
		const data = { width, height, leastBytes, budgetBytes };
		super('budget-too-small', data, { engineUsable: true });
	}
}
