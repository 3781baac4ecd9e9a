import type { ArchitectureKey } from '../adapters/architecture.ts';
import type { ComponentId } from '../families/parts/block.ts';
import type { MatrixUse } from '../gpu/block-engine.ts';
import type { MemoryUse } from '../gpu/gpu-ledger.ts';
import type {
	Fallback,
	MemoryPlan,
	PictureEvent,
	PreviewEvent,
	Stage,
} from '../pipeline/picture-events.ts';
import type { PictureExtent } from '../pipeline/picture-extent.ts';
import type { ReportSection } from '../machine/machine-report.ts';
import type { Capabilities, PictureSize } from '../recipe/capabilities.ts';
import type { RecipeSettings } from '../recipe/recipe-settings.ts';
import type { BlockEngineName } from './block-engine-names.ts';

export type {
	Capabilities,
	ComponentId,
	Fallback,
	MemoryPlan,
	MemoryUse,
	PictureSize,
	PreviewEvent,
	Stage,
};

/** Names an installed model, for example `demo` or `z-image-turbo`. */
export type ModelId = string & { readonly __brand: 'ModelId' };

/** Everything that decides a picture. The same recipe gives the same picture up to GPU rounding. */
export interface Recipe extends RecipeSettings {
	readonly modelId: ModelId;
}

/** What the page may offer for a model. */
export interface ModelInfo {
	readonly id: ModelId;
	/** Shown to people, for example "Shardlight demo". */
	readonly name: string;
	/** Of the weights: the same recipe draws another picture with another revision. Absent where no source named one. */
	readonly revision?: string;
	readonly installed: boolean;
	/** Comes with the page, which fetches and repairs it without a question. */
	readonly bundled: boolean;
	/** Bytes on disk once installed. */
	readonly bytes: number;
	/** Prompts that show the model at its best. */
	readonly examples: readonly string[];
	/** What a recipe may ask of it. */
	readonly can: Capabilities;
	/** What adapters must fit; absent where none can be applied. */
	readonly architecture?: ArchitectureKey;
}

export interface AdapterInfo {
	readonly vendor: string;
	readonly architecture: string;
	readonly description: string;
	/** True for a CPU that emulates a GPU: the page says that pictures will be slow. */
	readonly software: boolean;
	/** Units for small FP16 matrices: whether this browser exposes them, and what became of them in the `matrix` engine. */
	readonly matrixUnits: { readonly type: 'absent' } | { readonly type: 'offered' } | MatrixUse;
}

export type EngineEvent =
	| PictureEvent
	/** A kernel failed only now, so a part falls back that the plan did not name. Later plans name it. Sent once for a part. */
	| { readonly type: 'fallback'; readonly fallback: Fallback };

export interface TokenCount {
	readonly tokens: number;
	readonly limitTokens: number;
}

export interface GenerationReport {
	/** Tokens that the text encoder saw, template included. */
	readonly promptTokens: number;
	readonly stageMilliseconds: Readonly<Record<Stage, number>>;
	readonly totalMilliseconds: number;
	/** Highest sum of all GPU buffers, ORT's included, since the generation began. */
	readonly peakGpuBytes: number;
	/** Highest sum of the buffers that hold FP16 weights while sampling. */
	readonly peakWeightBytes: number;
	readonly bytesRead: number;
}

export interface Picture {
	readonly recipe: Recipe;
	/** Of the model that drew it; absent where it is not known. */
	readonly revision?: string;
	readonly width: number;
	readonly height: number;
	/** RGBA, 4 bytes a pixel, row by row. */
	readonly rgba: Uint8ClampedArray<ArrayBuffer>;
	/** Absent where it was drawn elsewhere. */
	readonly report?: GenerationReport;
}

/** What is known of a picture right after it was drawn. */
export interface GenerationMeasurements extends GenerationReport {
	readonly stagePeakGpuBytes: Readonly<Record<Stage, number>>;
	/** One for each sampling step. */
	readonly stepMilliseconds: readonly number[];
	readonly plan: MemoryPlan;
}

export interface DrawnPicture extends Picture {
	readonly report: GenerationMeasurements;
}

/** What decides how much memory a picture takes. */
export type PlanSubject = Pick<Recipe, 'modelId' | keyof PictureExtent>;

export interface GenerateOptions {
	readonly signal?: AbortSignal;
	/** GPU memory allowed; `DEFAULT_BUDGET_BYTES` where not given. */
	readonly budgetBytes?: number;
}

/** Half of what a card of 8 GB has: the desktop and the browser need some too. */
export const DEFAULT_BUDGET_BYTES = 4e9;
export const MIN_BUDGET_BYTES = 2e9;
export const MAX_BUDGET_BYTES = 24e9;

/**
 * What the page sees of the machine behind it. The worker implements it (`LocalEngine`), the page
 * holds an `EngineClient` that speaks to the worker through Comlink.
 *
 * A call's events come before its result, none after. Every rejection is an `AppError`, or an `AbortError` DOMException
 * after the signal fired. After any of them the engine is ready for the next call.
 */
export interface Engine {
	/** Finds the GPU. @throws WebGpuUnavailableError */
	open(): Promise<AdapterInfo>;
	/** Installed models and those that come with the page; the one to draw with by default is the first. */
	models(): Promise<readonly ModelInfo[]>;
	/** To be called once a model was installed, mended or moved: it is opened anew for the next picture. */
	reopenModels(): Promise<void>;
	/** Tokens that a prompt takes, template included, and how many the model reads. @throws ModelNotInstalledError */
	countTokens(modelId: ModelId, prompt: string): Promise<TokenCount>;
	/** How a picture of this size would use GPU memory. @throws ModelNotInstalledError, InvalidRecipeError */
	plan(subject: PlanSubject, budgetBytes: number): Promise<MemoryPlan>;
	/**
	 * One at a time.
	 *
	 * @throws EngineBusyError while another runs; BudgetTooSmallError
	 */
	generate(
		recipe: Recipe,
		onEvent: (event: EngineEvent) => void,
		options?: GenerateOptions,
	): Promise<DrawnPicture>;
}

/** What finds out how a machine behaves, whether or not an engine opens on it. */
export interface MachineTester {
	/**
	 * @param onSection hears what is tested next
	 * @throws EngineBusyError while a picture is drawn
	 */
	testMachine(onSection: (title: string) => void): Promise<readonly ReportSection[]>;
}

/** An engine that can go on with other kernels. */
export interface SwitchableEngine extends Engine {
	/** From the next call on. Calls under way end as they began. */
	use(blockEngine: BlockEngineName): void;
}
