import type { ContentHash } from './content-hash.ts';

/** What a picture is asked to be, apart from the model. */
export interface RecipeSettings extends RecipeOptions {
	readonly prompt: string;
	/** Integer from 0 to 2^53 - 1; the noise equals torch's CPU generator after `manual_seed(seed)`. */
	readonly seed: number;
	/** Pixels, a multiple of 16. */
	readonly width: number;
	/** Pixels, a multiple of 16. */
	readonly height: number;
	/** Sampling steps, 1 to 50. */
	readonly steps: number;
}

/** What not every model can do. Where a setting is absent, the model does as it was made to. */
export interface RecipeOptions {
	/** What the picture shall not show; without effect at a guidance scale of 1. */
	readonly negativePrompt?: string;
	/**
	 * Classifier-free guidance: negative + scale · (positive - negative). 1 is none. What others call CFG
	 * scale; the guidance scale of diffusers' Z-Image is one less.
	 */
	readonly guidanceScale?: number;
	/** The guided prediction is at most this many times as long (L2) as the positive one; 0 is no limit. */
	readonly guidanceNormalization?: number;
	/** From 0 to 1: steps whose 1 - sigma is greater run without guidance. */
	readonly guidanceTruncation?: number;
	/** By ComfyUI's name, for example `res_multistep`. */
	readonly sampler?: string;
	/** How sigmas are spread over the steps, by ComfyUI's name, for example `beta`. */
	readonly schedule?: string;
	/** Shift of the flow-matching schedule: larger values spend more steps at high noise. */
	readonly shift?: number;
	/** How much of the noise that a step takes away a sampler renews: 0 none, 1, the default, all. */
	readonly eta?: number;
	/** Deviation of the noise that a sampler adds; 1 is the default. */
	readonly noiseScale?: number;
	/** Whose random numbers: `comfy_nv`, the default, `comfy_cpu`, `cpu` or `nv`; all equal for most samplers. */
	readonly noiseSource?: string;
	/** Of noise that is mixed in, by `variationStrength`. */
	readonly variationSeed?: number;
	/** From 0, the seed's own noise, to 1, that of the variation seed. */
	readonly variationStrength?: number;
	/** Added to the seed for the noise of ancestral samplers: AUTOMATIC1111's ENSD. */
	readonly seedDelta?: number;
	/** In the order in which they were added. */
	readonly adapters?: readonly AdapterUse[];
	/** Drawn over, from the noise level that `denoisingStrength` says. */
	readonly sourcePicture?: ContentHash;
	/** White is drawn anew, black is kept. */
	readonly sourceMask?: ContentHash;
	/** From 0, which keeps the source picture, to 1, which ignores it. */
	readonly denoisingStrength?: number;
	/** Pictures that the model looks at beside the prompt. */
	readonly references?: readonly ContentHash[];
	readonly controls?: readonly ControlUse[];
}

/** A LoRA or one of its relatives. */
export interface AdapterUse {
	/** Of the tensors alone, as AUTOMATIC1111 has it: metadata may change. Absent where a file only gave a name. */
	readonly hash?: ContentHash;
	/** Its file's, without the ending. */
	readonly name: string;
	/** From -100 to 100. */
	readonly strength: number;
}

/** A control network and the picture that it follows. */
export interface ControlUse {
	/** Of the network's tensors. */
	readonly hash: ContentHash;
	/** The network's file's, without the ending. */
	readonly name: string;
	/** Edges, depth, a pose: whatever the network was trained for. */
	readonly picture: ContentHash;
	/** From 0 to 10. */
	readonly scale: number;
}

/** Which model drew a picture, as far as a link or a file says. */
export interface ModelReference {
	readonly id: string;
	readonly revision?: string;
}
