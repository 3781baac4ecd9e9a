import type { Block } from './block.ts';
import type { BlockRunner } from './block-runner.ts';
import type { LatentGrid } from './latent-space.ts';
import type { Conditioning } from './prompt-encoder.ts';

/**
 * What a network's output means for the latent x at noise level sigma, made of data and noise:
 *
 * - `velocity`: noise - data, where x = (1 - sigma) data + sigma noise
 * - `noise`: the noise, where x = data + sigma noise
 * - `sample`: the data, of either
 */
export type Prediction = 'velocity' | 'noise' | 'sample';

export interface DenoiseJob {
	readonly grid: LatentGrid;
	/** One for each pass: the prompt's, then under guidance that of the negative prompt. */
	readonly conditionings: readonly Conditioning[];
	/** In the order in which they are made. */
	readonly evaluations: readonly PlannedEvaluation[];
}

export interface PlannedEvaluation {
	/** Noise level. */
	readonly sigma: number;
	/** How many of the conditionings it is asked with, the first first. */
	readonly passes: number;
}

/** The evaluations of one picture. */
export interface Denoising {
	/** What `open` runs, in order. */
	readonly openBlocks: readonly Block[];
	/** What a `predict` runs, in order: a block once for each pass, while its weights are there. */
	readonly stepBlocks: (passes: number) => readonly Block[];
	readonly open: (runner: BlockRunner) => Promise<Evaluator>;
}

/** What one picture's evaluations share on the device. */
export interface Evaluator {
	/**
	 * @param latent [channels, height, width]
	 * @param evaluation index into the job's evaluations; ascending
	 * @returns for each pass a prediction: [channels, height, width]
	 */
	predict(latent: Float32Array, evaluation: number): Promise<readonly Float32Array[]>;
	release(): void;
}

/** The network that sampling asks, again and again. */
export interface Denoiser {
	readonly predicts: Prediction;
	prepare(job: DenoiseJob): Denoising;
}
