import type { RecipeOption } from '../../recipe/fit-options.ts';
import {
	FIELD_NAMES,
	type RecipeField,
	settingsOf,
	writeFields,
} from '../../recipe/recipe-fields.ts';
import type {
	ModelReference,
	RecipeOptions,
	RecipeSettings,
} from '../../recipe/recipe-settings.ts';
import type { FillIn } from '../compose/composer.svelte.ts';

/** A recipe from wherever: the history, the queue, a link, a file. What it does not say is absent. */
export interface ShownRecipe
	extends RecipeOptions, Partial<Pick<RecipeSettings, 'prompt' | 'seed' | 'steps'>> {
	readonly size?: { readonly width: number; readonly height: number };
	readonly model?: ModelReference;
}

/** One input of a recipe, and what to fill in for it alone. */
export interface RecipeChip {
	readonly field: Exclude<RecipeField, 'width' | 'height' | 'prompt' | 'revision'> | 'size';
	/** As people read it. */
	readonly value: string;
	/** Absent for what is not filled in by itself. */
	readonly part?: FillIn;
}

/** How the history and the queue have it. */
export function shownRecipe(drawn: RecipeSettings, model: ModelReference): ShownRecipe {
	const { width, height, ...recipe } = settingsOf(drawn);
	return { ...recipe, size: { width, height }, model };
}

/** The inputs of a recipe apart from its prompt, those that everybody knows first. */
export function recipeChips({ size, model, ...recipe }: ShownRecipe): readonly RecipeChip[] {
	const { seed, steps } = recipe;
	// Its codecs take what is there; what is missing is not written.
	const written = writeFields(recipe as Parameters<typeof writeFields>[0], 'words');
	const options = FIELD_NAMES.filter(isOption).flatMap((field) => {
		const value = sayOption(field, recipe) ?? written.get(field);
		return value === undefined ? [] : [{ field, value, part: { [field]: recipe[field] } }];
	});
	return [
		...(seed === undefined
			? []
			: [{ field: 'seed', value: String(seed), part: { seed } } as const]),
		...(size === undefined
			? []
			: [{ field: 'size', value: `${size.width} × ${size.height}`, part: { size } } as const]),
		...(steps === undefined
			? []
			: [{ field: 'steps', value: String(steps), part: { steps } } as const]),
		...options,
		...(model === undefined || model.id === ''
			? []
			: [{ field: 'model', value: model.id } as const]),
	];
}

/** The recipe if it says all that a picture needs. */
export function wholeRecipe({
	size,
	model,
	...recipe
}: ShownRecipe): { readonly recipe: RecipeSettings; readonly model: ModelReference } | undefined {
	const { prompt, seed, steps } = recipe;
	if (prompt === undefined || seed === undefined || steps === undefined || size === undefined) {
		return undefined;
	}
	return { recipe: { ...recipe, ...size, prompt, seed, steps }, model: model ?? { id: '' } };
}

const BASICS: ReadonlySet<RecipeField> = new Set([
	...(['prompt', 'seed', 'width', 'height', 'steps', 'model', 'revision'] as const),
]);

function isOption(field: RecipeField): field is RecipeOption {
	return !BASICS.has(field);
}

/** Hashes mean nothing to people. */
function sayOption(field: RecipeOption, recipe: RecipeOptions): string | undefined {
	if (field === 'adapters') {
		return recipe.adapters?.map(({ name, strength }) => `${name} ${strength}`).join(', ');
	}
	if (field === 'controls') return recipe.controls?.map(({ name }) => name).join(', ');
	return undefined;
}
