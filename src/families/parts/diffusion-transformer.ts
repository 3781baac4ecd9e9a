import type { Block, Component } from './block.ts';
import type { BlockRunner } from './block-runner.ts';

/** Extent of a latent, in latent pixels. */
export interface ImageGrid {
	readonly height: number;
	readonly width: number;
}

/** A caption as the denoising blocks read it; depends on the prompt alone. */
export interface RefinedCaption {
	/** [paddedTokens, dim] */
	readonly values: Float32Array<ArrayBuffer>;
	readonly paddedTokens: number;
}

/** What one picture's steps share on the device. */
export interface PreparedSampling {
	/**
	 * One evaluation of the network.
	 *
	 * @param latent [channels, height, width]
	 * @param condition a result of `conditionTimesteps`
	 * @returns the raw output, which is minus the velocity: [channels, height, width]
	 */
	predict(latent: Float32Array, condition: Float32Array): Promise<Float32Array>;
	release(): void;
}

/**
 * A denoising network cut into blocks. Another model family implements this in a file of its own.
 * Each method runs the blocks listed beside it, in that order.
 */
export interface DiffusionTransformer extends Component {
	readonly latentChannels: number;
	/** Latent height and width must be multiples of this. */
	readonly latentMultiple: number;
	/** Largest latent height or width that the position tables cover. */
	readonly maxLatentExtent: number;

	readonly conditionBlocks: readonly Block[];
	/** Once per schedule. @param timesteps 1 - sigma of each step */
	conditionTimesteps(
		runner: BlockRunner,
		timesteps: readonly number[],
	): Promise<readonly Float32Array[]>;

	readonly captionBlocks: readonly Block[];
	/** Once per prompt. @param features [tokens, captionFeatures] */
	refineCaption(
		runner: BlockRunner,
		features: Float32Array,
		tokens: number,
	): Promise<RefinedCaption>;

	readonly stepBlocks: readonly Block[];
	/** Once per size and caption; its `predict` runs the step blocks once. */
	prepareSampling(
		runner: BlockRunner,
		grid: ImageGrid,
		caption: RefinedCaption,
	): Promise<PreparedSampling>;
}
