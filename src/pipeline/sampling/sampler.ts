/** A way from noise to a picture. State that it keeps from step to step is its own. */
export interface Sampler {
	/** ComfyUI's name. */
	readonly id: string;
	/** Noise levels at which it asks for the slope, in order: known before the first is asked for. */
	evaluations(sigmas: Float32Array): readonly number[];
	integrate(integration: Integration): Promise<void>;
}

/** Noise levels to go through, and how the latent changes with them. */
export interface Integration {
	/** One more than there are steps, falling to 0. */
	readonly sigmas: Float32Array;
	/** Noise, to be changed in place into the finished latent. */
	readonly latent: Float32Array;
	/** dx/dsigma at the next of the evaluations. Also: the data that are expected are x - sigma * slope. */
	readonly slope: (x: Float32Array) => Promise<Float32Array>;
	/** @param slope by which the latent went on in the step */
	readonly onStep: (step: number, slope: Float32Array) => void;
}
