import { describe, expect, it } from 'vitest';
import { recipeChips, shownRecipe, wholeRecipe } from '../../../../src/app/recipe/recipe-chips.ts';
import { contentHash } from '../../../../src/recipe/content-hash.ts';

const RECIPE = {
	...{ prompt: 'a fox', seed: 7, width: 512, height: 256, steps: 8 },
	...{ negativePrompt: 'fog', guidanceScale: 4, sampler: 'res_multistep' },
	adapters: [{ name: 'film-grain', strength: 0.8, hash: contentHash('a'.repeat(12)) }],
};

describe('the inputs of a recipe', () => {
	it('are shown as people read them, each with what to fill in for it alone', () => {
		const chips = recipeChips(shownRecipe(RECIPE, { id: 'demo', revision: '1' }));
		expect(chips.map(({ field, value }) => `${field}: ${value}`)).toEqual([
			...['seed: 7', 'size: 512 × 256', 'steps: 8', 'negativePrompt: fog', 'guidanceScale: 4'],
			...['sampler: Res Multistep', 'adapters: film-grain 0.8', 'model: demo'],
		]);
		expect(chips.find(({ field }) => field === 'size')?.part).toEqual({
			size: { width: 512, height: 256 },
		});
		expect(chips.find(({ field }) => field === 'adapters')?.part).toEqual({
			adapters: RECIPE.adapters,
		});
	});

	it('are only those that it says', () => {
		expect(recipeChips({ prompt: 'a fox', steps: 4 }).map(({ field }) => field)).toEqual(['steps']);
		expect(recipeChips({})).toEqual([]);
	});
});

it('a recipe is whole if a picture can be drawn from it', () => {
	const shown = shownRecipe(RECIPE, { id: 'demo' });
	expect(wholeRecipe(shown)).toEqual({ recipe: RECIPE, model: { id: 'demo' } });
	expect(wholeRecipe({ ...shown, seed: undefined })).toBeUndefined();
	expect(wholeRecipe({ ...shown, size: undefined })).toBeUndefined();
});
