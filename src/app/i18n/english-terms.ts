import type { RecipeField } from '../../recipe/recipe-fields.ts';
import type { ForeignStep } from '../../recipe/recipe-warning.ts';

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
	eta: 'eta',
	noiseScale: 'noise scale',
	noiseSource: 'noise source',
	variationSeed: 'variation seed',
	variationStrength: 'variation strength',
	seedDelta: 'seed delta (ENSD)',
	adapters: 'adapters',
	sourcePicture: 'source picture',
	sourceMask: 'source mask',
	denoisingStrength: 'denoising strength',
	references: 'reference pictures',
	controls: 'control pictures',
};

/** What is said of what another program did besides; names may follow in brackets. */
export const ENGLISH_STEPS: Readonly<Record<ForeignStep, string>> = {
	'second-pass': 'The picture was drawn over in a second pass, which is not done here',
	'part-of-steps': 'Only some of the steps were run there; here all of them are',
	control: 'The control network that guided the picture is left out',
	'source-picture': 'The picture was drawn over another one, which is not in this file',
	inpainting: 'Only a part of the picture was drawn, over another one that is not in this file',
	'reference-picture': 'The reference pictures are left out',
	'after-work': 'What was done to the picture afterwards is left out',
	detailer: 'Faces and other parts were drawn anew there, which is not done here',
	refiner: 'The refiner is left out',
	'mixed-noise':
		'The noise was mixed there, or made for another size: the picture will differ here',
	'gpu-noise':
		'That program may take its noise from the GPU: the same seed can draw another picture here',
	tiling: 'Tiling is left out',
	'prompt-weights': 'Weights in the prompt, as in (word:1.2), are read as plain text here',
	embeddings: 'Embeddings are left out',
	'several-prompts': 'Several prompts were combined there; only the first is taken',
	styles: 'Styles that changed the prompt are left out',
	batch: 'The picture may be one of several of one run: only the first is drawn here',
	unknown: 'This is not known here, and may have changed the picture',
};
