import type { Model } from '../families/model.ts';
import type { PromptEncoder, TokenizedPrompt } from '../families/parts/prompt-encoder.ts';
import type { TakeTurn } from '../families/parts/turn.ts';
import { sampleLatent, type SamplingJob } from './sampling/sample-latent.ts';

export interface PictureJob extends Pick<
	SamplingJob,
	Exclude<keyof SamplingJob, 'denoiser' | 'conditionings'>
> {
	/** The prompt, then under guidance the negative prompt. */
	readonly prompts: readonly TokenizedPrompt[];
	/** `PromptEncoder.encode`, or what spares it prompts that were encoded before. */
	readonly encode: PromptEncoder['encode'];
}

/**
 * All that a picture takes on the GPU, turn by turn. Drawing and planning go through the same turns: one
 * takes them, the other only rehearses them.
 *
 * @returns the image, around -1 to 1: [3, height, width] in pixels
 */
export async function drawPicture(
	model: Pick<Model, 'denoiser' | 'decode'>,
	job: PictureJob,
	take: TakeTurn,
): Promise<Float32Array> {
	const { denoiser } = model;
	const conditionings = await job.encode(job.prompts, take);
	const latent = await take(sampleLatent({ ...job, denoiser, conditionings }));
	return take(model.decode(latent, job.grid));
}
