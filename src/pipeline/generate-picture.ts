import type { Block, ComponentName } from '../families/parts/block.ts';
import type { ImageGrid, RefinedCaption } from '../families/parts/diffusion-transformer.ts';
import { capabilities } from '../families/family.ts';
import type { GpuContext } from '../gpu/gpu-context.ts';
import type { MemoryUse } from '../gpu/gpu-ledger.ts';
import type { RecipeSettings } from '../recipe/recipe-settings.ts';
import type { ShardStore } from '../store/shard-store.ts';
import { ComponentRun } from './runner/component-run.ts';
import { BudgetTooSmallError } from './errors.ts';
import { embedTokens } from './prompt/embed-tokens.ts';
import { eulerStep, flowMatchSchedule } from './sampling/flow-match-schedule.ts';
import type { LoadedModel } from './loaded-model.ts';
import {
	type PictureNeeds,
	type PicturePart,
	type PicturePlan,
	planPicture,
} from './picture-plan.ts';
import { rgbaPixels } from './rgba-pixels.ts';
import { sampleLatent } from './sampling/sample-latent.ts';
import { type PipelineStage, type StageMeasurements, StageMeter } from './stage-meter.ts';
import { torchRandn } from './sampling/torch-randn.ts';
import { validateSettings } from './validate-settings.ts';

/** What a generation tells while it runs. */
export interface GenerationListener {
	plan(plan: PicturePlan): void;
	stage(stage: PipelineStage): void;
	promptCut(promptTokens: number, limitTokens: number): void;
	block(progress: BlockProgress): void;
	step(step: StepProgress): void;
}

export interface BlockProgress {
	readonly stage: PipelineStage;
	readonly block: string;
	/** Within the stage; within the step when sampling. */
	readonly index: number;
	readonly count: number;
	readonly step?: number;
	readonly bytesRead: number;
	readonly memory: MemoryUse;
}

export interface StepProgress {
	/** Counted from 0. */
	readonly step: number;
	readonly steps: number;
	readonly milliseconds: number;
	/** What the latent will be if the flow goes straight on: [channels, height, width] of the model's latent. */
	readonly expectedLatent: Float32Array;
}

export interface GeneratedPicture extends StageMeasurements {
	/** RGBA. */
	readonly rgba: Uint8ClampedArray<ArrayBuffer>;
	readonly promptTokens: number;
	/** Peak of the FP16 weights while sampling. */
	readonly peakWeightBytes: number;
	readonly stepMilliseconds: readonly number[];
	readonly plan: PicturePlan;
}

export interface GenerationContext {
	readonly context: GpuContext;
	readonly store: ShardStore;
	readonly model: LoadedModel;
	/** Of `measurePicture`, for this model and size. */
	readonly needs: PictureNeeds;
	/** GPU memory that the whole picture may take at any time. */
	readonly budgetBytes: number;
	readonly listener: GenerationListener;
	readonly signal?: AbortSignal;
}

/**
 * A prompt becomes pixels: encode, sample, decode, each with the GPU to itself.
 *
 * @throws EmptyPromptError, InvalidRecipeError, UnsupportedOptionsError, BudgetTooSmallError before any work;
 * NonFiniteError, ShardMissingError, ShardCorruptError, GpuDeviceLostError, GpuOutOfMemoryError, AbortError during it
 */
export async function generatePicture(
	settings: RecipeSettings,
	generation: GenerationContext,
): Promise<GeneratedPicture> {
	const { context, budgetBytes, needs, model } = generation;
	validateSettings(settings, capabilities(model.components, model.manifest));
	const plan = planPicture(needs, budgetBytes);
	if (plan.isExact && plan.leastBytes > budgetBytes) {
		throw new BudgetTooSmallError(settings, plan.leastBytes, budgetBytes);
	}
	generation.listener.plan(plan);
	return context.ledger.within(plan.isExact ? budgetBytes : Infinity, () =>
		new PictureGeneration(settings, generation, plan).run(),
	);
}

/** Where a component's blocks stand within their stage. */
interface StagePosition {
	/** Index of the component's first block; negative for blocks that come before the first step. */
	readonly first: number;
	/** Blocks in the stage, or in a step when sampling. */
	readonly count: number;
}

class PictureGeneration {
	readonly #settings: RecipeSettings;
	readonly #generation: GenerationContext;
	readonly #plan: PicturePlan;
	readonly #grid: ImageGrid;
	readonly #meter: StageMeter;
	readonly #stepMilliseconds: number[] = [];
	#isPrepared = false;

	constructor(settings: RecipeSettings, generation: GenerationContext, plan: PicturePlan) {
		this.#settings = settings;
		this.#generation = generation;
		this.#plan = plan;
		const { upscale } = generation.model.components.vae;
		this.#grid = { height: settings.height / upscale, width: settings.width / upscale };
		this.#meter = new StageMeter(generation.context.ledger, (stage) =>
			generation.listener.stage(stage),
		);
	}

	async run(): Promise<GeneratedPicture> {
		const { context, model, listener } = this.#generation;
		this.#meter.enter('tokenise');
		const { ids, promptTokens, cut } = model.tokeniser.tokenise(this.#settings.prompt);
		if (cut) listener.promptCut(promptTokens, ids.length);

		this.#meter.enter('encode');
		const caption = model.cachedCaption(ids) ?? (await this.#encode(ids));

		this.#meter.enter('sample');
		const latent = await this.#sample(caption);
		const peakWeightBytes = context.ledger.peakBytesOf('weights');

		this.#meter.enter('decode');
		const rgba = rgbaPixels(await this.#decode(latent));
		return {
			rgba,
			promptTokens: ids.length,
			peakWeightBytes,
			stepMilliseconds: this.#stepMilliseconds,
			plan: this.#plan,
			...this.#meter.finish(),
		};
	}

	async #encode(ids: Int32Array): Promise<RefinedCaption> {
		const { model, store } = this.#generation;
		const { text_encoder: encoder, transformer } = model.components;
		const { encodeBlocks } = encoder;
		const { captionBlocks } = transformer;
		const count = encodeBlocks.length + captionBlocks.length;
		const table = model.shard('text_encoder', encoder.embedding);
		const embeddings = await embedTokens(encoder, ids, store, model.manifest.id, table);
		const features = await this.#runComponent(
			'text_encoder',
			'encode',
			encodeBlocks,
			{ first: 0, count },
			async (run) => {
				const encoded = await encoder.encode(run, embeddings, ids.length);
				await run.assertFinite('while reading the prompt');
				return encoded;
			},
		);
		const caption = await this.#runComponent(
			'transformer',
			'refine',
			captionBlocks,
			{ first: encodeBlocks.length, count },
			async (run) => {
				const refined = await transformer.refineCaption(run, features, ids.length);
				await run.assertFinite('while refining the caption');
				return refined;
			},
		);
		model.rememberCaption(ids, caption);
		return caption;
	}

	#sample(caption: RefinedCaption): Promise<Float32Array> {
		const { model, listener } = this.#generation;
		const { transformer } = model.components;
		const { conditionBlocks, stepBlocks, latentChannels } = transformer;
		const { seed, steps } = this.#settings;
		const { height, width } = this.#grid;
		const everyStep = Array.from({ length: steps }, () => stepBlocks).flat();
		return this.#runComponent(
			'transformer',
			'sample',
			[...conditionBlocks, ...everyStep],
			{ first: -conditionBlocks.length, count: stepBlocks.length },
			(run) =>
				sampleLatent({
					transformer,
					run,
					grid: this.#grid,
					caption,
					schedule: flowMatchSchedule(steps),
					latent: torchRandn(seed, latentChannels * height * width),
					onStep: ({ step, latent, velocity, sigma, milliseconds }) => {
						this.#stepMilliseconds.push(milliseconds);
						const expected = latent.slice();
						eulerStep(expected, velocity, sigma, 0);
						listener.step({ step, steps, milliseconds, expectedLatent: expected });
					},
				}),
		);
	}

	#decode(latent: Float32Array): Promise<Float32Array> {
		const { vae } = this.#generation.model.components;
		const position = { first: 0, count: vae.blocks.length };
		return this.#runComponent('vae', 'decode', vae.blocks, position, async (run) => {
			const { isCut, activationBytes } = this.#plan.parts.decode;
			const memoryBytes = isCut ? activationBytes : undefined;
			const image = await vae.decode(run, latent, this.#grid, memoryBytes);
			await run.assertFinite('while decoding the picture');
			return image;
		});
	}

	#runComponent<Result>(
		name: ComponentName,
		part: PicturePart,
		order: readonly Block[],
		position: StagePosition,
		body: (run: ComponentRun) => Promise<Result>,
	): Promise<Result> {
		const { context, store, model, signal } = this.#generation;
		let index = position.first;
		const options = {
			context,
			store,
			modelId: model.manifest.id,
			graphs: model.graphs[name],
			shards: model.shards(name),
			order,
			weightBytes: this.#plan.parts[part].weightBytes,
			...(signal === undefined ? {} : { signal }),
			onBlock: (block: Block, run: ComponentRun) => {
				this.#reportBlock(block, index, position, run.bytesRead);
				index++;
			},
		};
		return ComponentRun.with(options, async (run) => {
			const result = await body(run);
			this.#meter.addBytesRead(run.bytesRead);
			return result;
		});
	}

	/**
	 * Compiles the parts to come while the prompt is read: 1.6 s of shaders for the last alone. Not before
	 * the first block has run, which would wait for them all.
	 */
	#prepareOnce(): void {
		if (this.#isPrepared) return;
		this.#isPrepared = true;
		const { model, needs } = this.#generation;
		for (const name of ['transformer', 'vae'] as const) {
			model.graphs[name].prepare(needs.runs[name]);
		}
	}

	#reportBlock(block: Block, index: number, { count }: StagePosition, bytesRead: number): void {
		this.#prepareOnce();
		const { context, listener } = this.#generation;
		const { stage } = this.#meter;
		const step = Math.max(0, Math.floor(index / count));
		listener.block({
			stage,
			block: block.id,
			index: Math.max(0, index - step * count),
			count,
			...(stage === 'sample' ? { step } : {}),
			bytesRead: this.#meter.bytesRead + bytesRead,
			memory: context.ledger.takeHighest(),
		});
	}
}
