import type { Block } from '../families/block.ts';
import type { ImageGrid, RefinedCaption } from '../families/diffusion-transformer.ts';
import type { GpuContext } from '../gpu/gpu-context.ts';
import type { ShardStore } from '../store/shard-store.ts';
import { ComponentRun } from './component-run.ts';
import { embedTokens } from './embed-tokens.ts';
import { flowMatchSchedule } from './flow-match-schedule.ts';
import type { LoadedModel } from './loaded-model.ts';
import { rgbaPixels } from './rgba-pixels.ts';
import { sampleLatent } from './sample-latent.ts';
import { torchRandn } from './torch-randn.ts';
import { type PictureSettings, validateSettings } from './validate-settings.ts';

export type PipelineStage = 'tokenise' | 'encode' | 'sample' | 'decode';

/** What a generation tells while it runs. */
export interface GenerationListener {
	stage(stage: PipelineStage): void;
	promptCut(promptTokens: number, limitTokens: number): void;
	block(progress: BlockProgress): void;
	step(step: number, steps: number, milliseconds: number): void;
}

export interface BlockProgress {
	readonly stage: PipelineStage;
	readonly block: string;
	/** Within the stage; within the step when sampling. */
	readonly index: number;
	readonly count: number;
	readonly step?: number;
	readonly bytesRead: number;
	readonly gpuBytes: number;
}

export interface GeneratedPicture {
	/** RGBA. */
	readonly rgba: Uint8ClampedArray<ArrayBuffer>;
	readonly promptTokens: number;
	readonly stageMilliseconds: Readonly<Record<PipelineStage, number>>;
	readonly peakGpuBytes: number;
	/** Peak of the FP16 weights while sampling. */
	readonly peakWeightBytes: number;
	readonly bytesRead: number;
}

export interface GenerationContext {
	readonly context: GpuContext;
	readonly store: ShardStore;
	readonly model: LoadedModel;
	/** GPU memory allowed for weights; two slots are used even if they exceed it. */
	readonly weightBytes: number;
	readonly listener: GenerationListener;
	readonly signal?: AbortSignal;
}

/**
 * A prompt becomes pixels: encode, sample, decode, each with the GPU to itself.
 *
 * @throws EmptyPromptError, InvalidRecipeError before any work; NonFiniteError, ShardMissingError,
 * ShardCorruptError, GpuDeviceLostError, GpuOutOfMemoryError, AbortError during it
 */
export async function generatePicture(
	settings: PictureSettings,
	generation: GenerationContext,
): Promise<GeneratedPicture> {
	const { model, listener } = generation;
	const { transformer, vae } = model.components;
	const pixelMultiple = vae.upscale * transformer.latentMultiple;
	validateSettings(settings, pixelMultiple, transformer.maxLatentExtent * vae.upscale);

	const meter = new StageMeter(generation);
	meter.enter('tokenise');
	const tokens = model.tokeniser.tokenise(settings.prompt);
	if (tokens.cut) listener.promptCut(tokens.promptTokens, tokens.ids.length);

	meter.enter('encode');
	const caption = await captionOf(tokens.ids, generation, meter);

	meter.enter('sample');
	const grid = { height: settings.height / vae.upscale, width: settings.width / vae.upscale };
	const latent = await sample(settings, grid, caption, generation, meter);
	const peakWeightBytes = generation.context.ledger.peakBytesOf('weights');

	meter.enter('decode');
	const rgba = rgbaPixels(await decode(latent, grid, generation, meter));
	return { rgba, promptTokens: tokens.ids.length, peakWeightBytes, ...meter.finish() };
}

async function captionOf(
	ids: Int32Array,
	generation: GenerationContext,
	meter: StageMeter,
): Promise<RefinedCaption> {
	const { model, store } = generation;
	const cached = model.cachedCaption(ids);
	if (cached !== undefined) return cached;
	const { text_encoder: encoder, transformer } = model.components;
	const table = model.shard('text_encoder', encoder.embedding);
	const embeddings = await embedTokens(encoder, ids, store, model.manifest.id, table);
	const count = encoder.encodeBlocks.length + transformer.captionBlocks.length;
	const features = await runComponent(
		'text_encoder',
		encoder.encodeBlocks,
		{ first: 0, count },
		generation,
		meter,
		async (run) => {
			const encoded = await encoder.encode(run, embeddings, ids.length);
			await run.assertFinite('while reading the prompt');
			return encoded;
		},
	);
	const caption = await runComponent(
		'transformer',
		transformer.captionBlocks,
		{ first: encoder.encodeBlocks.length, count },
		generation,
		meter,
		async (run) => {
			const refined = await transformer.refineCaption(run, features, ids.length);
			await run.assertFinite('while refining the caption');
			return refined;
		},
	);
	model.rememberCaption(ids, caption);
	return caption;
}

async function sample(
	settings: PictureSettings,
	grid: ImageGrid,
	caption: RefinedCaption,
	generation: GenerationContext,
	meter: StageMeter,
): Promise<Float32Array> {
	const { transformer } = generation.model.components;
	const { conditionBlocks, stepBlocks, latentChannels } = transformer;
	const { steps } = settings;
	const schedule = flowMatchSchedule(steps);
	const latent = torchRandn(settings.seed, latentChannels * grid.height * grid.width);
	const order = [...conditionBlocks, ...Array.from({ length: steps }, () => stepBlocks).flat()];
	const position = { first: -conditionBlocks.length, count: stepBlocks.length };
	return runComponent('transformer', order, position, generation, meter, (run) =>
		sampleLatent({
			transformer,
			run,
			grid,
			caption,
			schedule,
			latent,
			onStep: (step, _, milliseconds) => generation.listener.step(step, steps, milliseconds),
		}),
	);
}

function decode(
	latent: Float32Array,
	grid: ImageGrid,
	generation: GenerationContext,
	meter: StageMeter,
): Promise<Float32Array> {
	const { vae } = generation.model.components;
	const position = { first: 0, count: vae.blocks.length };
	return runComponent('vae', vae.blocks, position, generation, meter, async (run) => {
		const image = await vae.decode(run, latent, grid);
		await run.assertFinite('while decoding the picture');
		return image;
	});
}

/** Where a component's blocks stand within their stage. */
interface StagePosition {
	/** Index of the component's first block; negative for blocks that come before the first step. */
	readonly first: number;
	/** Blocks in the stage, or in a step when sampling. */
	readonly count: number;
}

function runComponent<Result>(
	name: 'text_encoder' | 'transformer' | 'vae',
	order: readonly Block[],
	position: StagePosition,
	generation: GenerationContext,
	meter: StageMeter,
	body: (run: ComponentRun) => Promise<Result>,
): Promise<Result> {
	const { context, store, model, weightBytes, signal, listener } = generation;
	let index = position.first;
	return ComponentRun.with(
		{
			context,
			store,
			modelId: model.manifest.id,
			graphs: model.graphs[name],
			shards: model.shards(name),
			order,
			weightBytes,
			signal,
			onBlock: (block, run) => {
				const { stage } = meter;
				const step = Math.max(0, Math.floor(index / position.count));
				listener.block({
					stage,
					block: block.id,
					index: Math.max(0, index - step * position.count),
					count: position.count,
					...(stage === 'sample' ? { step } : {}),
					bytesRead: meter.bytesRead + run.bytesRead,
					gpuBytes: context.ledger.bytes,
				});
				index++;
			},
		},
		async (run) => {
			const result = await body(run);
			meter.addBytesRead(run.bytesRead);
			return result;
		},
	);
}

/** Times the stages, and takes the ledger's peaks stage by stage. */
class StageMeter {
	readonly #generation: GenerationContext;
	readonly #milliseconds: Record<PipelineStage, number> = {
		tokenise: 0,
		encode: 0,
		sample: 0,
		decode: 0,
	};
	#stage: PipelineStage = 'tokenise';
	#stageStarted = performance.now();
	#peakGpuBytes = 0;
	#bytesRead = 0;

	constructor(generation: GenerationContext) {
		this.#generation = generation;
		generation.context.ledger.resetPeaks();
	}

	get stage(): PipelineStage {
		return this.#stage;
	}

	get bytesRead(): number {
		return this.#bytesRead;
	}

	addBytesRead(bytes: number): void {
		this.#bytesRead += bytes;
	}

	enter(stage: PipelineStage): void {
		this.#close();
		this.#stage = stage;
		this.#generation.listener.stage(stage);
	}

	finish(): Pick<GeneratedPicture, 'stageMilliseconds' | 'peakGpuBytes' | 'bytesRead'> {
		this.#close();
		return {
			stageMilliseconds: this.#milliseconds,
			peakGpuBytes: this.#peakGpuBytes,
			bytesRead: this.#bytesRead,
		};
	}

	#close(): void {
		const { ledger } = this.#generation.context;
		const now = performance.now();
		this.#milliseconds[this.#stage] += now - this.#stageStarted;
		this.#stageStarted = now;
		this.#peakGpuBytes = Math.max(this.#peakGpuBytes, ledger.peakBytes);
		ledger.resetPeaks();
	}
}
