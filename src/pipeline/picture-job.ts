import type { TokenizedPrompt } from '../families/parts/prompt-encoder.ts';
import type { PictureJob } from './draw-picture.ts';
import type { InstalledModel } from './installed-model.ts';
import type { PictureExtent } from './picture-extent.ts';
import { findSampler } from './sampling/samplers/find-sampler.ts';
import { samplingSigmas } from './sampling/sampling-sigmas.ts';

/** Settings in the model's own terms. */
export function pictureJob(
	{ model, can }: InstalledModel,
	settings: PictureExtent,
	[prompt, negativePrompt]: readonly [TokenizedPrompt, TokenizedPrompt],
): Omit<PictureJob, 'encode' | 'latent'> & {
	/** Of the latent. */
	readonly shape: { readonly channels: number; readonly height: number; readonly width: number };
} {
	const { latent, schedule } = model;
	const sampler = findSampler(settings.sampler ?? can.samplers[0]);
	const scale = settings.guidanceScale ?? can.guidanceScale?.default ?? 1;
	const grid = {
		height: settings.height / latent.pixelsPerLatent,
		width: settings.width / latent.pixelsPerLatent,
	};
	const { eta, noiseScale, guidanceNormalization: normalization = 0 } = settings;
	return {
		grid,
		shape: { channels: latent.channels, ...grid },
		sigmas: samplingSigmas({
			schedule: (steps) => schedule.sigmas(steps, settings, settings),
			sampler,
			steps: settings.steps,
		}),
		sigmaAt: (time) => schedule.sigmaAt(time, settings, settings),
		sampler,
		...(eta !== undefined && { eta }),
		...(noiseScale !== undefined && { noiseScale }),
		guidance: { scale, normalization, truncation: settings.guidanceTruncation ?? 1 },
		prompts: scale === 1 ? [prompt] : [prompt, negativePrompt],
	};
}
