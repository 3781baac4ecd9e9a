import type { Capabilities, PictureSize } from '../recipe/capabilities.ts';
import type { Component } from './parts/block.ts';
import type { Denoiser } from './parts/denoiser.ts';
import type { LatentGrid, LatentSpace } from './parts/latent-space.ts';
import type { PromptEncoder } from './parts/prompt-encoder.ts';
import type { Turn } from './parts/turn.ts';
import type { NoiseSchedule } from './schedules/noise-schedule.ts';

/** What of a model its networks do not say. */
export interface ModelSettings {
	/** Sizes that it was trained for, the default first. */
	readonly sizes: readonly PictureSize[];
	readonly defaultSteps: number;
	/** As in ComfyUI; absent: the model is made for no guidance. */
	readonly defaultGuidanceScale?: number;
}

/** A text-to-image model without its weights: how a prompt becomes a picture. */
export interface Model {
	/** In the order of installation. */
	readonly components: readonly Component[];
	readonly latent: LatentSpace;
	readonly prompts: PromptEncoder;
	readonly denoiser: Denoiser;
	/** Whose tensors adapters may change; absent where none can be applied. */
	readonly adaptable?: Component;
	readonly schedule: NoiseSchedule;
	/**
	 * @param latent as sampling leaves it: [channels, height, width]
	 * @returns the image, around -1 to 1, not clamped: [3, height, width] in pixels
	 */
	decode(latent: Float32Array, grid: LatentGrid): Turn<Float32Array<ArrayBuffer>>;
	can(settings: ModelSettings): Capabilities;
}
