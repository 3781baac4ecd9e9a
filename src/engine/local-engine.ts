import { buildModel, capabilities, componentList, PROMPT_TOKEN_LIMIT } from '../families/family.ts';
import { GpuContext } from '../gpu/gpu-context.ts';
import type { BlockEngine } from '../gpu/block-engine.ts';
import { offersMatrixUnits } from '../gpu/fused/find-matrix-units.ts';
import { unlessAborted } from '../gpu/unless-aborted.ts';
import { fetchManifest, installConverted } from '../install/install-converted.ts';
import { UNKNOWN_REVISION } from '../install/model-source.ts';
import { generatePicture } from '../pipeline/generate-picture.ts';
import { latentPreview } from '../pipeline/preview/latent-preview.ts';
import { LoadedModel } from '../pipeline/loaded-model.ts';
import { measurePicture } from '../pipeline/measure-picture.ts';
import { openTokeniser } from '../pipeline/prompt/open-tokeniser.ts';
import { type PictureNeeds, type PicturePlan, planPicture } from '../pipeline/picture-plan.ts';
import type { PromptTokeniser } from '../pipeline/prompt/tokenise-prompt.ts';
import { PlacedShardStore } from '../store/placed-shard-store.ts';
import { manifestBytes, type ModelManifest } from '../store/model-manifest.ts';
import type { ShardStore } from '../store/shard-store.ts';
import {
	type AdapterInfo,
	DEFAULT_BUDGET_BYTES,
	type DrawnPicture,
	type Engine,
	type EngineEvent,
	type GenerateOptions,
	type InstallEvent,
	type MemoryPlan,
	type ModelId,
	type ModelInfo,
	type PlanSubject,
	type PreviewEvent,
	type Recipe,
	type TokenCount,
} from './engine.ts';
import { EngineBusyError } from './errors.ts';
import type { BlockEngineName } from './block-engine-names.ts';
import { featuresFor, openBlockEngine } from './open-block-engine.ts';
import { isSoftwareAdapter } from '../gpu/software-adapter.ts';

export interface LocalEngineOptions {
	/** Absolute URL of the folder that holds one folder of converted shards per published model. */
	readonly modelsUrl: string;
	/** What runs the networks. */
	readonly engine: BlockEngineName;
}

/** Models that come with the page. */
const BUNDLED_MODELS: readonly ModelId[] = ['demo' as ModelId];

/** Hears of a graph that runs on ONNX Runtime although another engine was chosen, and why. */
type FallbackListener = (graph: string, reason: string) => void;

interface OpenGpu {
	readonly context: GpuContext;
	readonly blockEngine: BlockEngine;
}

/** The engine itself, in the thread that it blocks: the worker's. */
export class LocalEngine implements Engine {
	readonly #modelsUrl: string;
	readonly #engineName: BlockEngineName;
	readonly #store: ShardStore = new PlacedShardStore();
	#gpu: Promise<OpenGpu> | undefined;
	#context: GpuContext | undefined;
	#model: LoadedModel | undefined;
	/** True after an install: a running picture keeps the model it began with, the next opens it anew. */
	#modelIsStale = false;
	readonly #needs = new Map<string, Promise<PictureNeeds>>();
	/** Hears of graphs that fall back while a picture is drawn. */
	#onFallback: FallbackListener | undefined;
	readonly #tokenisers = new Map<ModelId, Promise<PromptTokeniser>>();
	#busy = false;

	constructor(options: LocalEngineOptions) {
		this.#modelsUrl = options.modelsUrl;
		this.#engineName = options.engine;
	}

	async open(): Promise<AdapterInfo> {
		const { context, blockEngine } = await this.#openGpu();
		const { vendor, architecture, description } = context.adapterInfo;
		return {
			vendor,
			architecture,
			description,
			software: isSoftwareAdapter(context.adapterInfo),
			matrixUnits: blockEngine.matrixUse ?? {
				type: offersMatrixUnits(context) ? 'offered' : 'absent',
			},
		};
	}

	/** @throws GpuDeviceLostError, GpuOutOfMemoryError or GpuFaultError if the GPU was lost since it was opened */
	assertUsable(): void {
		this.#context?.assertHealthy();
	}

	async models(): Promise<readonly ModelInfo[]> {
		// Asked for after every install: what is open here may be another model by now.
		this.#tokenisers.clear();
		this.#needs.clear();
		this.#modelIsStale = true;
		const installed = await this.#store.manifests();
		const bundled = await Promise.all(
			BUNDLED_MODELS.map(async (id) => {
				const manifest = installed.find((candidate) => candidate.id === id);
				if (manifest !== undefined) return modelInfo(manifest, true);
				return modelInfo(await fetchManifest(this.#folder(id)), false);
			}),
		);
		const chosen = installed
			.map((manifest) => modelInfo(manifest, true))
			.filter((model) => !model.bundled);
		// Whoever took the trouble of installing a model wants to draw with it.
		return [...chosen, ...bundled];
	}

	async countTokens(modelId: ModelId, prompt: string): Promise<TokenCount> {
		const tokeniser = await this.#tokeniser(modelId);
		return { tokens: tokeniser.tokenise(prompt).promptTokens, limitTokens: PROMPT_TOKEN_LIMIT };
	}

	async install(
		modelId: ModelId,
		onEvent: (event: InstallEvent) => void,
		signal?: AbortSignal,
	): Promise<ModelInfo> {
		const manifest = await installConverted(
			this.#folder(modelId),
			this.#store,
			({ bytesDone, bytesTotal, file }) =>
				onEvent({ type: 'install-progress', bytesDone, bytesTotal, shard: file }),
			signal,
		);
		this.#tokenisers.delete(modelId);
		this.#needs.clear();
		this.#modelIsStale = true;
		onEvent({ type: 'installed', modelId });
		return modelInfo(manifest, true);
	}

	async plan(subject: PlanSubject, budgetBytes: number): Promise<MemoryPlan> {
		const { context, blockEngine } = await this.#openGpu();
		const { modelId } = subject;
		const isOpen = this.#model?.manifest.id === modelId && !this.#modelIsStale;
		// Not `#openModel`: a picture may be running with the one that is open.
		const model =
			isOpen && this.#model !== undefined
				? this.#model
				: await LoadedModel.open(
						modelId,
						this.#store,
						await this.#tokeniser(modelId),
						blockEngine,
						context,
					);
		return memoryPlan(planPicture(await this.#measure(model, subject), budgetBytes), model);
	}

	/** Kept by size: planning takes a fifth of a second, and a slider asks again and again. */
	#measure(
		model: LoadedModel,
		{ modelId, width, height, steps }: PlanSubject,
	): Promise<PictureNeeds> {
		const key = JSON.stringify([modelId, width, height, steps]);
		const known = this.#needs.get(key);
		if (known !== undefined) return known;
		const needs = measurePicture(model, { width, height, steps });
		this.#needs.set(key, needs);
		needs.catch(() => this.#needs.delete(key));
		return needs;
	}

	async generate(
		recipe: Recipe,
		onEvent: (event: EngineEvent) => void,
		options: GenerateOptions = {},
	): Promise<DrawnPicture> {
		if (this.#busy) throw new EngineBusyError();
		this.#busy = true;
		try {
			return await this.#generate(recipe, onEvent, options);
		} finally {
			this.#busy = false;
			this.#onFallback = undefined;
		}
	}

	async #generate(
		recipe: Recipe,
		onEvent: (event: EngineEvent) => void,
		{ signal, budgetBytes = DEFAULT_BUDGET_BYTES }: GenerateOptions,
	): Promise<DrawnPicture> {
		const started = performance.now();
		const { context, blockEngine } = await unlessAborted(this.#openGpu(), signal);
		const model = await this.#openModel(recipe.modelId, context, blockEngine);
		const needs = await this.#measure(model, recipe);
		this.#onFallback = this.#tellFallbacks(model, needs, onEvent);
		const generated = await generatePicture(recipe, {
			context,
			store: this.#store,
			model,
			needs,
			budgetBytes,
			...(signal === undefined ? {} : { signal }),
			listener: {
				plan: (plan) => onEvent({ type: 'plan', plan: memoryPlan(plan, model) }),
				stage: (stage) => onEvent({ type: 'stage', stage }),
				promptCut: (promptTokens, limitTokens) =>
					onEvent({ type: 'prompt-cut', promptTokens, limitTokens }),
				block: (progress) => onEvent({ type: 'block', ...progress }),
				step: ({ expectedLatent, ...progress }) => {
					onEvent({ type: 'step', ...progress });
					const preview = previewEvent(model, recipe, progress.step, expectedLatent);
					if (preview !== undefined) onEvent(preview);
				},
			},
		});
		const { rgba, plan, ...measured } = generated;
		return {
			recipe,
			revision: knownRevision(model.manifest),
			width: recipe.width,
			height: recipe.height,
			rgba,
			report: {
				...measured,
				plan: memoryPlan(plan, model),
				totalMilliseconds: performance.now() - started,
			},
		};
	}

	#tellFallbacks(
		{ components }: LoadedModel,
		{ fallbacks }: PictureNeeds,
		onEvent: (event: EngineEvent) => void,
	): FallbackListener {
		const told = new Set<string>(fallbacks.map(({ component }) => component));
		return (graph, reason) => {
			const found = componentList(components).find(({ blocks }) =>
				blocks.some(({ kind }) => kind === graph),
			);
			if (found === undefined || told.has(found.name)) return;
			told.add(found.name);
			// Measured when that graph was thought to run on our kernels.
			this.#needs.clear();
			onEvent({ type: 'fallback', fallback: { component: found.name, reason } });
		};
	}

	async #openGpu(): Promise<OpenGpu> {
		const onFallback: FallbackListener = (...told) => this.#onFallback?.(...told);
		this.#gpu ??= openGpu(this.#engineName, onFallback).catch((error: unknown) => {
			this.#gpu = undefined;
			throw error;
		});
		const gpu = await this.#gpu;
		this.#context = gpu.context;
		return gpu;
	}

	async #openModel(
		modelId: ModelId,
		context: GpuContext,
		blockEngine: BlockEngine,
	): Promise<LoadedModel> {
		if (this.#model?.manifest.id === modelId && !this.#modelIsStale) return this.#model;
		const outdated = this.#model;
		this.#model = undefined;
		await outdated?.dispose();
		const tokeniser = await this.#tokeniser(modelId);
		this.#model = await LoadedModel.open(modelId, this.#store, tokeniser, blockEngine, context);
		this.#modelIsStale = false;
		return this.#model;
	}

	/** Kept once opened: the published model's vocabulary takes 300 ms to build. */
	#tokeniser(modelId: ModelId): Promise<PromptTokeniser> {
		const opened = this.#tokenisers.get(modelId) ?? openTokeniser(modelId, this.#store);
		this.#tokenisers.set(modelId, opened);
		opened.catch(() => this.#tokenisers.delete(modelId));
		return opened;
	}

	#folder(modelId: ModelId): string {
		return new URL(`${modelId}/`, this.#modelsUrl).href;
	}
}

function memoryPlan(plan: PicturePlan, model: LoadedModel): MemoryPlan {
	const { budgetBytes, peakBytes, leastBytes, isExact, fallbacks } = plan;
	const { pinned } = plan.parts.sample.residency;
	const { transformer } = model.components;
	const streamed = transformer.stepBlocks.filter(({ id }) => !pinned.has(id));
	return {
		budgetBytes,
		peakBytes,
		leastBytes,
		isExact,
		fallbacks,
		blocks: transformer.stepBlocks.length,
		residentBlocks: transformer.stepBlocks.length - streamed.length,
		streamedBytesPerStep: streamed.reduce(
			(sum, block) => sum + model.shard('transformer', block).byteLength,
			0,
		),
	};
}

async function openGpu(engine: BlockEngineName, onFallback: FallbackListener): Promise<OpenGpu> {
	const context = await GpuContext.open(featuresFor(engine));
	try {
		return { context, blockEngine: await openBlockEngine(engine, context, { onFallback }) };
	} catch (error) {
		context[Symbol.dispose]();
		throw error;
	}
}

function previewEvent(
	{ components, previewFactors }: LoadedModel,
	recipe: Recipe,
	step: number,
	latent: Float32Array,
): PreviewEvent | undefined {
	if (previewFactors === undefined) return undefined;
	const { upscale } = components.vae;
	const width = recipe.width / upscale;
	const height = recipe.height / upscale;
	const shape = { channels: components.transformer.latentChannels, height, width };
	const rgba = latentPreview(latent, shape, previewFactors);
	return { type: 'preview', step, width, height, rgba };
}

function knownRevision({ source }: ModelManifest): string | undefined {
	return source.revision === UNKNOWN_REVISION ? undefined : source.revision;
}

function modelInfo(manifest: ModelManifest, installed: boolean): ModelInfo {
	const { id, name, sizes, defaultSteps, examples } = manifest;
	const { text_encoder, transformer, vae } = manifest.components;
	const components = buildModel(manifest.family, {
		text_encoder: text_encoder.config,
		transformer: transformer.config,
		vae: vae.config,
	});
	return {
		id: id as ModelId,
		name,
		revision: knownRevision(manifest),
		installed,
		bundled: BUNDLED_MODELS.includes(id as ModelId),
		bytes: manifestBytes(manifest),
		sizes,
		defaultSteps,
		examples,
		can: capabilities(components, manifest),
	};
}
