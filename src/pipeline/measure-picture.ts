import { PROMPT_TOKEN_LIMIT } from '../families/family.ts';
import type { Block, ComponentName } from '../families/parts/block.ts';
import type { ImageGrid } from '../families/parts/diffusion-transformer.ts';
import type { RecipeSettings } from '../recipe/recipe-settings.ts';
import type { PlannedBlock } from '../streaming/residency-plan.ts';
import type { PlannedRun } from './runner/component-graphs.ts';
import { decodePeaks } from './decode-peaks.ts';
import { DryRun } from './runner/dry-run.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { PartNeeds, PictureNeeds } from './picture-plan.ts';
import { validateSize } from './validate-settings.ts';

/** What of a model decides how much memory a picture takes. */
export type PlannableModel = Pick<LoadedModel, 'components' | 'graphs' | 'shard'>;

/**
 * What a picture of this size will take, found by running every part for its shapes alone. For the
 * longest prompt: a plan must not change with the words.
 *
 * @throws InvalidRecipeError
 */
export async function measurePicture(
	model: PlannableModel,
	{ height, width, steps }: Pick<RecipeSettings, 'height' | 'width' | 'steps'>,
): Promise<PictureNeeds> {
	const { text_encoder: encoder, transformer, vae } = model.components;
	const pixelMultiple = vae.upscale * transformer.latentMultiple;
	validateSize({ height, width, steps }, pixelMultiple, transformer.maxLatentExtent * vae.upscale);
	const grid: ImageGrid = { height: height / vae.upscale, width: width / vae.upscale };
	const tokens = PROMPT_TOKEN_LIMIT;
	let isExact = true;
	const reasons = new Map<ComponentName, string>();
	const runs: Record<ComponentName, PlannedRun[]> = { text_encoder: [], transformer: [], vae: [] };
	const measure = async (
		name: ComponentName,
		order: readonly Block[],
		body: (run: DryRun) => Promise<unknown>,
	): Promise<PartNeeds> => {
		const run = new DryRun(model.graphs[name]);
		await body(run);
		isExact &&= run.isExact;
		if (run.fallbackReason !== undefined && !reasons.has(name)) {
			reasons.set(name, run.fallbackReason);
		}
		runs[name].push(...run.runs);
		return {
			activationBytes: run.peakBytes,
			order: order.map((block): PlannedBlock => ({
				id: block.id,
				bytes: model.shard(name, block).byteLength,
			})),
		};
	};
	const { hiddenSize } = encoder.config;
	const embeddings = new Float32Array(tokens * hiddenSize);
	const encode = await measure('text_encoder', encoder.encodeBlocks, (run) =>
		encoder.encode(run, embeddings, tokens),
	);
	let caption = { values: new Float32Array(), paddedTokens: 0 };
	const refine = await measure('transformer', transformer.captionBlocks, async (run) => {
		caption = await transformer.refineCaption(run, embeddings, tokens);
	});
	const { conditionBlocks, stepBlocks, latentChannels } = transformer;
	const latent = new Float32Array(latentChannels * grid.height * grid.width);
	const everyStep = Array.from({ length: steps }, () => stepBlocks).flat();
	const sample = await measure('transformer', [...conditionBlocks, ...everyStep], async (run) => {
		const [condition] = await transformer.conditionTimesteps(
			run,
			Array.from({ length: steps }, () => 0),
		);
		const prepared = await transformer.prepareSampling(run, grid, caption);
		if (condition !== undefined) await prepared.predict(latent, condition);
		prepared.release();
	});
	const [memoryBytes, ...cutBytes] = await decodePeaks(vae, model.graphs.vae, grid);
	const decode = await measure('vae', vae.blocks, (run) =>
		vae.decode(run, latent, grid, memoryBytes),
	);
	return {
		parts: {
			encode,
			refine,
			sample,
			decode: memoryBytes === undefined ? decode : { ...decode, cutBytes },
		},
		isExact,
		fallbacks: [...reasons].map(([component, reason]) => ({ component, reason })),
		runs,
	};
}
