import type { PreviewFactors } from '../../src/families/parts/latent-space.ts';

/** What a model is asked to draw, so that its latents can be held against its pictures. */
export interface PreviewSubject {
	readonly prompt: string;
	readonly seed: number;
}

export interface PreviewFit {
	readonly factors: PreviewFactors;
	/** Root mean square difference between previews and pictures averaged down, of 255. */
	readonly error: number;
}

/** What `fit-preview.worker.ts` exposes through Comlink. */
export interface FitPreviewWorker {
	/**
	 * Draws the subjects with an installed model in its default size and fits the factors to them.
	 *
	 * @throws ModelNotInstalledError, PreviewFitError and what drawing throws
	 */
	fitPreview(
		modelId: string,
		subjects: readonly PreviewSubject[],
		onPicture: (done: number) => void,
	): Promise<PreviewFit>;
}
