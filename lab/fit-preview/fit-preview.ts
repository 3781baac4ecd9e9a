import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { averageDown, fitPreviewFactors, type PreviewPair } from './fit-preview-factors.ts';
import { generatePicture } from '../../src/pipeline/generate-picture.ts';
import { measurePicture } from '../../src/pipeline/measure-picture.ts';
import { latentPreview } from '../../src/pipeline/preview/latent-preview.ts';
import { InstalledModel } from '../../src/pipeline/installed-model.ts';
import { LoadedModel } from '../../src/pipeline/loaded-model.ts';
import { rgbaPixels } from '../../src/pipeline/rgba-pixels.ts';
import type { PreviewFactors } from '../../src/families/parts/latent-space.ts';
import { PlacedShardStore } from '../../src/store/placed-shard-store.ts';
import { DEFAULT_BUDGET_BYTES } from '../../src/engine/engine.ts';
import type { FitPreviewWorker, PreviewSubject } from './fit-preview-contract.ts';
import { openBlockEngine } from '../../src/engine/open-block-engine.ts';

export const fitPreview: FitPreviewWorker['fitPreview'] = async (modelId, subjects, onPicture) => {
	const context = await GpuContext.open();
	const store = new PlacedShardStore();
	const blockEngine = await openBlockEngine('ort', context);
	const installed = await InstalledModel.open(modelId, store);
	const model = new LoadedModel(installed, blockEngine);
	const pairs: PreviewPair[] = [];
	for (const subject of subjects) {
		pairs.push(await drawPair(subject, model, { context, store }));
		onPicture(pairs.length);
	}
	const factors = fitPreviewFactors(pairs);
	return { factors, error: previewError(pairs, factors) };
};

async function drawPair(
	{ prompt, seed }: PreviewSubject,
	model: LoadedModel,
	{ context, store }: { readonly context: GpuContext; readonly store: PlacedShardStore },
): Promise<PreviewPair> {
	const { manifest, model: built } = model.installed;
	const { width, height } = manifest.sizes[0];
	const { channels, pixelsPerLatent } = built.latent;
	const extent = { width, height, steps: manifest.defaultSteps };
	const { rgba, latent } = await generatePicture(
		{ prompt, seed, ...extent },
		{
			context,
			store,
			model,
			needs: await measurePicture(model, extent),
			budgetBytes: DEFAULT_BUDGET_BYTES,
			onEvent: () => undefined,
		},
	);
	const shape = {
		channels,
		height: height / pixelsPerLatent,
		width: width / pixelsPerLatent,
	};
	return { latent, shape, image: imageOf(rgba) };
}

/** RGBA to [3, pixels], from -1 to 1: the way back from `rgbaPixels`. */
function imageOf(rgba: Uint8ClampedArray): Float32Array {
	const pixels = rgba.length / 4;
	return Float32Array.from({ length: 3 * pixels }, (_, i) => {
		const value = rgba[(i % pixels) * 4 + Math.floor(i / pixels)];
		return (value / 255 - 0.5) * 2;
	});
}

function previewError(pairs: readonly PreviewPair[], factors: PreviewFactors): number {
	let sum = 0;
	let count = 0;
	for (const { latent, shape, image } of pairs) {
		const preview = latentPreview(latent, shape, factors);
		const wanted = rgbaPixels(Float32Array.from(averageDown(image, shape)));
		for (const [i, value] of preview.entries()) sum += (value - wanted[i]) ** 2;
		// Alpha is the same everywhere.
		count += (preview.length / 4) * 3;
	}
	return Math.sqrt(sum / count);
}
