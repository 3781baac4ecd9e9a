import type { NoiseSource } from '../noise/noise-source.ts';

/**
 * A way from noise to a picture, for flow-matching models: x = (1 - sigma) data + sigma noise.
 * Source of all samplers: docs/spec/samplers.md, sections 4 and 5
 */
export interface Sampler {
	/** ComfyUI's name. */
	readonly id: string;
	/** Where its noise comes from, if it adds any: a stream of draws, or a Brownian motion over the sigmas. */
	readonly noise?: 'stream' | 'brownian';
	/** Whether a schedule of one more step is made for it, from which the last sigma but one is dropped. */
	readonly dropsPenultimate?: boolean;
	/** What stands for the 0 at the end of the schedule. */
	readonly lastSigma?: number;
	/** State that it keeps from step to step is the generator's. */
	readonly integrate: (integration: Integration) => Steps;
}

/** Asks for the slope of `x` at `sigma`, one evaluation after the other. */
export type Steps = Generator<Evaluation, void, Float32Array>;

/** `x` may be the latent itself: it changes after the answer. */
export interface Evaluation {
	readonly x: Float32Array;
	readonly sigma: number;
}

/** Noise levels to go through, and what a sampler may use on the way. */
export interface Integration {
	/** One more than there are steps, falling. */
	readonly sigmas: Float32Array;
	/** Noise, or a picture under noise, to be changed in place into the finished latent. */
	readonly latent: Float32Array;
	readonly noise: NoiseSource;
	/** How much of the noise that a step takes away is replaced by new noise: 0 none, 1 all. */
	readonly eta: number;
	/** Deviation of the new noise. */
	readonly noiseScale: number;
	/** The schedule's sigma at a time: 1 is pure noise. */
	readonly sigmaAt: (time: number) => number;
	/** @param slope the last that the step asked for */
	readonly onStep: (step: number, slope: Float32Array) => void;
}
