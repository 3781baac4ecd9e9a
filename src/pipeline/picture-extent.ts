import type { RecipeOptions, RecipeSettings } from '../recipe/recipe-settings.ts';

/** What decides how much memory and work a picture takes. */
export type PictureExtent = Pick<RecipeSettings, 'width' | 'height' | 'steps'> &
	Pick<
		RecipeOptions,
		| 'guidanceScale'
		| 'guidanceNormalization'
		| 'guidanceTruncation'
		| 'sampler'
		| 'schedule'
		| 'shift'
		| 'eta'
		| 'noiseScale'
	>;
