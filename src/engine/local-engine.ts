import { hasCode } from '../errors/app-error.ts';
import { architectureKey } from '../adapters/architecture.ts';
import { FAMILIES } from '../families/registry.ts';
import type { ModelFamily } from '../families/family.ts';
import type { AdapterNotebook } from '../gpu/adapter-notes.ts';
import { GpuContext } from '../gpu/gpu-context.ts';
import type { BlockEngine } from '../gpu/block-engine.ts';
import { offersMatrixUnits } from '../gpu/fused/probe/find-matrix-units.ts';
import { abortable } from '../gpu/abortable.ts';
import { BUNDLED_MODELS, bundledFolder } from '../install/manager/bundled-models.ts';
import { RETRY_POLICY } from '../install/sources/http/retry-policy.ts';
import { UNKNOWN_REVISION } from '../install/sources/model-source.ts';
import { openShardFolder } from '../install/sources/open-shard-folder.ts';
import { type AdapterSet, pictureAdapters } from '../pipeline/adapters/adapter-set.ts';
import { generatePicture } from '../pipeline/generate-picture.ts';
import { buildInstalled, InstalledModel } from '../pipeline/installed-model.ts';
import { LoadedModel } from '../pipeline/loaded-model.ts';
import { measurePicture } from '../pipeline/measure-picture.ts';
import { memoryPlan } from '../pipeline/memory-plan.ts';
import { type PictureNeeds, planPicture } from '../pipeline/picture-plan.ts';
import type { ReportSection } from '../machine/machine-report.ts';
import { testMachine } from '../machine/test-machine.ts';
import { PlacedShardStore } from '../store/placed-shard-store.ts';
import { manifestBytes, type ModelManifest } from '../store/model-manifest.ts';
import {
	type AdapterInfo,
	DEFAULT_BUDGET_BYTES,
	type DrawnPicture,
	type Engine,
	type EngineEvent,
	type GenerateOptions,
	type MemoryPlan,
	type ModelId,
	type ModelInfo,
	type PlanSubject,
	type Recipe,
	type TokenCount,
} from './engine.ts';
import { AdapterMemory } from './adapter-memory.ts';
import { IndexedDbNotebook } from './adapter-notebook.ts';
import { EngineBusyError, GpuKeepsFailingError } from './errors.ts';
import { AdapterShelf } from './adapters/adapter-shelf.ts';
import type { BlockEngineName } from './block-engine-names.ts';
import { featuresFor, openBlockEngine } from './open-block-engine.ts';
import { isSoftwareAdapter } from '../gpu/software-adapter.ts';

export interface LocalEngineOptions {
	/** Absolute URL of the folder that holds one folder of converted shards per published model. */
	readonly modelsUrl: string;
	/** What runs the networks. */
	readonly engine: BlockEngineName;
	/** What was learnt of adapters; in IndexedDB where not given. */
	readonly notebook?: AdapterNotebook;
	/** Architectures that it knows. */
	readonly families?: readonly ModelFamily[];
}

/** Hears of a graph that runs on ONNX Runtime although another engine was chosen, and why. */
type FallbackListener = (graph: string, reason: string) => void;

interface OpenGpu {
	readonly context: GpuContext;
	readonly blockEngine: BlockEngine;
	readonly memory: AdapterMemory;
}

/** The engine itself, in the thread that it blocks: the worker's. */
export class LocalEngine implements Engine {
	readonly #modelsUrl: string;
	readonly #engineName: BlockEngineName;
	readonly #families: readonly ModelFamily[];
	readonly #store = new PlacedShardStore();
	readonly #notebook: AdapterNotebook;
	readonly #shelf = new AdapterShelf(this.#store);
	/** Of the last picture: the next reads their factors again only if it has others. */
	#adapterSet: AdapterSet | undefined;
	#gpu: Promise<OpenGpu> | undefined;
	#context: GpuContext | undefined;
	#model: LoadedModel | undefined;
	/** True once models are to be opened anew: a running picture keeps the model it began with, the next opens it anew. */
	#modelIsStale = false;
	readonly #needs = new Map<string, Promise<PictureNeeds>>();
	/** Hears of graphs that fall back while a picture is drawn. */
	#onFallback: FallbackListener | undefined;
	/** Kept once opened: the published model's vocabulary takes 300 ms to build. */
	readonly #installed = new Map<ModelId, Promise<InstalledModel>>();
	#busy = false;
	/** True once it was said that the GPU keeps failing. */
	#hasAsked = false;
	#isHidden = false;

	constructor(options: LocalEngineOptions) {
		this.#modelsUrl = options.modelsUrl;
		this.#engineName = options.engine;
		this.#families = options.families ?? FAMILIES;
		this.#notebook = options.notebook ?? new IndexedDbNotebook();
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

	/** @throws GpuDeviceLostError, OutOfGpuMemoryError or GpuFaultError if the GPU was lost since it was opened */
	assertUsable(): void {
		this.#context?.assertHealthy();
	}

	/** The page was hidden, or is seen again. */
	setHidden(isHidden: boolean): void {
		this.#isHidden = isHidden;
		if (this.#context !== undefined) this.#context.pace.isHidden = isHidden;
	}

	async models(): Promise<readonly ModelInfo[]> {
		const installed = await this.#store.manifests();
		const bundled = await Promise.all(
			BUNDLED_MODELS.map(async (id) => {
				const manifest = installed.find((candidate) => candidate.id === id);
				const info = manifest === undefined ? undefined : this.#drawable(manifest);
				return info ?? this.#info(await this.#bundledManifest(id), false);
			}),
		);
		const chosen = installed.flatMap((manifest) =>
			BUNDLED_MODELS.includes(manifest.id) ? [] : (this.#drawable(manifest) ?? []),
		);
		// Installed models first: nobody installs one in order to draw with the demo.
		return [...chosen, ...bundled];
	}

	async countTokens(modelId: ModelId, prompt: string): Promise<TokenCount> {
		const installed = await this.#open(modelId);
		const { promptTokens } = installed.tokenize(prompt);
		return { tokens: promptTokens, limitTokens: installed.can.promptTokens };
	}

	async reopenModels(): Promise<void> {
		this.#installed.clear();
		this.#needs.clear();
		this.#modelIsStale = true;
	}

	async plan(subject: PlanSubject, budgetBytes: number): Promise<MemoryPlan> {
		const { blockEngine } = await this.#openGpu();
		const { modelId } = subject;
		const isOpen = this.#model?.installed.manifest.id === modelId && !this.#modelIsStale;
		// Not `#openModel`: a picture may be running with the one that is open.
		const model =
			isOpen && this.#model !== undefined
				? this.#model
				: new LoadedModel(await this.#open(modelId), blockEngine);
		return memoryPlan(planPicture(await this.#measure(model, subject), budgetBytes));
	}

	/** Kept by size: planning takes a fifth of a second, and a slider asks again and again. */
	#measure(model: LoadedModel, subject: PlanSubject, adapters?: AdapterSet): Promise<PictureNeeds> {
		const { modelId, width, height, steps, guidanceScale, sampler } = subject;
		const key = JSON.stringify([
			...[modelId, width, height, steps, guidanceScale, sampler],
			adapters?.identity,
		]);
		const known = this.#needs.get(key);
		if (known !== undefined) return known;
		const needs = measurePicture(model, subject, adapters);
		this.#needs.set(key, needs);
		needs.catch(() => this.#needs.delete(key));
		return needs;
	}

	/** On a device of its own, whatever became of the engine's. @throws EngineBusyError */
	async testMachine(onSection: (title: string) => void): Promise<readonly ReportSection[]> {
		if (this.#busy) throw new EngineBusyError();
		this.#busy = true;
		try {
			return await testMachine({
				store: this.#store.store(this.#store.backends[0] ?? 'indexeddb'),
				notesOf: async (context) => (await AdapterMemory.open(context, this.#notebook)).notes,
				onSection,
			});
		} finally {
			this.#busy = false;
		}
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
		const { context, blockEngine, memory } = await abortable(this.#openGpu(), signal);
		const { lossesInARow, losses } = memory.notes;
		if (memory.mustAsk && !this.#hasAsked) {
			this.#hasAsked = true;
			throw new GpuKeepsFailingError(lossesInARow, losses.at(-1)?.message ?? '');
		}
		const model = await this.#openModel(recipe.modelId, blockEngine);
		using opened = await this.#shelf.open(recipe.adapters ?? [], model.installed);
		const adapters = pictureAdapters(opened.inUse, this.#adapterSet);
		this.#adapterSet = adapters?.set;
		const needs = await this.#measure(model, recipe, adapters?.set);
		this.#onFallback = this.#tellFallbacks(model, needs, onEvent);
		const { rgba, measured } = await generatePicture(recipe, {
			context,
			store: this.#store,
			model,
			needs,
			adapters,
			budgetBytes,
			onEvent,
			...(signal === undefined ? {} : { signal }),
		}).catch(async (error: unknown) => {
			// The page replaces this worker: first what happened is written down.
			if (hasCode(error, 'gpu-dropped-work')) memory.lost(error.code);
			await memory.written;
			throw error;
		});
		memory.drawn(context);
		return {
			recipe: recipe.adapters === undefined ? recipe : { ...recipe, adapters: opened.uses },
			revision: knownRevision(model.installed.manifest),
			width: recipe.width,
			height: recipe.height,
			rgba,
			report: { ...measured, totalMilliseconds: performance.now() - started },
		};
	}

	#tellFallbacks(
		{ installed }: LoadedModel,
		{ fallbacks }: PictureNeeds,
		onEvent: (event: EngineEvent) => void,
	): FallbackListener {
		const told = new Set<string>(fallbacks.map(({ component }) => component));
		return (graph, reason) => {
			const found = installed.model.components.find(({ blocks }) =>
				blocks.some(({ kind }) => kind === graph),
			);
			if (found === undefined || told.has(found.id)) return;
			told.add(found.id);
			// Cached needs assumed our kernels.
			this.#needs.clear();
			onEvent({ type: 'fallback', fallback: { component: found.id, reason } });
		};
	}

	async #openGpu(): Promise<OpenGpu> {
		const onFallback: FallbackListener = (...told) => this.#onFallback?.(...told);
		this.#gpu ??= openGpu(this.#engineName, this.#notebook, onFallback).catch((error: unknown) => {
			this.#gpu = undefined;
			throw error;
		});
		const gpu = await this.#gpu;
		this.#context = gpu.context;
		gpu.context.pace.isHidden = this.#isHidden;
		return gpu;
	}

	async #openModel(modelId: ModelId, blockEngine: BlockEngine): Promise<LoadedModel> {
		if (this.#model?.installed.manifest.id === modelId && !this.#modelIsStale) return this.#model;
		const outdated = this.#model;
		this.#model = undefined;
		this.#adapterSet = undefined;
		await outdated?.dispose();
		this.#model = new LoadedModel(await this.#open(modelId), blockEngine);
		this.#modelIsStale = false;
		return this.#model;
	}

	#open(modelId: ModelId): Promise<InstalledModel> {
		const opened =
			this.#installed.get(modelId) ?? InstalledModel.open(modelId, this.#store, this.#families);
		this.#installed.set(modelId, opened);
		opened.catch(() => this.#installed.delete(modelId));
		return opened;
	}

	/** Undefined for what an older or newer version took, or a stranger wrote: it stays installed, and the rest usable. */
	#drawable(manifest: ModelManifest): ModelInfo | undefined {
		try {
			return this.#info(manifest, true);
		} catch (error) {
			if (hasCode(error, 'config')) return undefined;
			throw error;
		}
	}

	#info(manifest: ModelManifest, installed: boolean): ModelInfo {
		const { id, name, examples, family } = manifest;
		const model = buildInstalled(manifest, this.#families);
		const { adaptable } = model;
		return {
			id: id as ModelId,
			name,
			revision: knownRevision(manifest),
			installed,
			bundled: BUNDLED_MODELS.includes(id),
			bytes: manifestBytes(manifest),
			examples,
			can: model.can(manifest),
			...(adaptable && { architecture: architectureKey(family, adaptable) }),
		};
	}

	#bundledManifest(id: string): Promise<ModelManifest> {
		const policy = { ...RETRY_POLICY, attempts: 2 };
		return openShardFolder(bundledFolder(this.#modelsUrl, id), { policy });
	}
}

async function openGpu(
	engine: BlockEngineName,
	notebook: AdapterNotebook,
	onFallback: FallbackListener,
): Promise<OpenGpu> {
	const context = await GpuContext.open(featuresFor(engine));
	const memory = await AdapterMemory.open(context, notebook);
	try {
		const blockEngine = await openBlockEngine(engine, context, {
			...{ onFallback, notes: memory.notes },
			onTiles: (tiles) => memory.tilesKnown(tiles),
		});
		return { context, blockEngine, memory };
	} catch (error) {
		await memory.written;
		context[Symbol.dispose]();
		throw error;
	}
}

function knownRevision({ source }: ModelManifest): string | undefined {
	return source.revision === UNKNOWN_REVISION ? undefined : source.revision;
}
