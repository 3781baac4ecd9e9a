import type { AutoencoderKlDecoder } from '../families/vae/autoencoder-kl-decoder.ts';
import type { ImageGrid } from '../families/parts/diffusion-transformer.ts';
import { ScratchLimitError } from '../gpu/errors.ts';
import type { ComponentGraphs } from './runner/component-graphs.ts';
import { DryRun } from './runner/dry-run.ts';

/**
 * Every peak of activations and scratch buffers that a decode can be cut to, in bytes, the largest (and
 * the least work) first. Given as `memoryBytes` to `decode`, each is what the decode then takes. The last
 * is the least that it needs.
 *
 * Empty where the engine does not say what it takes: only the uncut decode is possible.
 */
export async function decodePeaks(
	vae: AutoencoderKlDecoder,
	graphs: ComponentGraphs,
	grid: ImageGrid,
): Promise<readonly number[]> {
	const latent = new Float32Array(vae.config.latentChannels * grid.height * grid.width);
	const peaks: number[] = [];
	let memoryBytes = Infinity;
	for (;;) {
		const run = new DryRun(graphs);
		try {
			await vae.decode(run, latent, grid, memoryBytes);
		} catch (error) {
			if (error instanceof ScratchLimitError) return peaks;
			throw error;
		}
		if (!run.isExact) return [];
		peaks.push(run.peakBytes);
		memoryBytes = run.peakBytes - 1;
	}
}
