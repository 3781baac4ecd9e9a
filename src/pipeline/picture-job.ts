import type { TokenizedPrompt } from '../families/parts/prompt-encoder.ts';
import type { PictureJob } from './draw-picture.ts';
import type { InstalledModel } from './installed-model.ts';
import { findSampler } from './sampling/samplers/find-sampler.ts';
import type { PictureExtent } from './picture-extent.ts';

/** Settings in the model's own terms. */
export function pictureJob(
	{ model, can }: InstalledModel,
	settings: PictureExtent,
	[prompt, negativePrompt]: readonly [TokenizedPrompt, TokenizedPrompt],
): Pick<PictureJob, 'grid' | 'sigmas' | 'sampler' | 'guidanceScale' | 'prompts'> & {
	/** Values of the latent. */
	readonly latentLength: number;
} {
	const { channels, pixelsPerLatent } = model.latent;
	const { steps, sampler = can.samplers[0] } = settings;
	const guidanceScale = settings.guidanceScale ?? can.guidanceScale?.default ?? 1;
	const grid = {
		height: settings.height / pixelsPerLatent,
		width: settings.width / pixelsPerLatent,
	};
	return {
		grid,
		sigmas: model.schedule(steps, settings),
		sampler: findSampler(sampler),
		guidanceScale,
		prompts: guidanceScale === 1 ? [prompt] : [prompt, negativePrompt],
		latentLength: channels * grid.height * grid.width,
	};
}
