import type { RecipeSettings } from '../recipe/recipe-settings.ts';

/** What decides how much memory a picture takes. */
export type PictureExtent = Pick<
	RecipeSettings,
	'width' | 'height' | 'steps' | 'guidanceScale' | 'sampler'
>;
