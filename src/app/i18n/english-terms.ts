import type { RecipeField } from '../../recipe/recipe-fields.ts';

const PARTS: ReadonlyMap<string, string> = new Map([
	['text_encoder', 'the text encoder'],
	['transformer', 'the transformer'],
	['vae', 'the image decoder (VAE)'],
]);

/** What a part of a model is called in a sentence. */
export function englishPart(id: string): string {
	return PARTS.get(id) ?? id;
}

/** What the settings of a recipe are called. */
export const ENGLISH_FIELDS: Readonly<Record<RecipeField | 'size', string>> = {
	prompt: 'prompt',
	seed: 'seed',
	width: 'width',
	height: 'height',
	size: 'size',
	steps: 'number of steps',
	model: 'model',
	revision: 'model revision',
	negativePrompt: 'negative prompt',
	guidanceScale: 'guidance scale',
	guidanceNormalization: 'guidance normalization',
	guidanceTruncation: 'guidance truncation',
	sampler: 'sampler',
	schedule: 'schedule',
	shift: 'shift',
	adapters: 'adapters',
	sourcePicture: 'source picture',
	sourceMask: 'source mask',
	denoisingStrength: 'denoising strength',
	references: 'reference pictures',
	controls: 'control pictures',
};
