import type { RecipeOptions } from '../src/recipe/recipe-settings.ts';
import type { AdapterBenchOptions, AdapterTiming } from '../lab/bench/adapter-bench.ts';
import type { DecodeBenchOptions, DecodeBenchReport } from '../lab/bench/decode-bench.ts';
import type { SyntheticInstall } from '../lab/bench/install-synthetic.ts';
import type { UploadOptions, UploadTiming } from '../lab/bench/time-upload.ts';
import type {
	AdapterInfo,
	GenerationMeasurements,
	ModelInfo,
	Recipe,
} from '../src/engine/engine.ts';
import type { InstallSource } from '../src/engine/install-client.ts';
import type { PreviewFit, PreviewSubject } from '../lab/fit-preview/fit-preview-contract.ts';
import type { KernelBenchOptions } from '../lab/bench/kernel-bench-options.ts';
import type { KernelBenchReport } from '../lab/bench/kernel-bench-report.ts';
import type { CheckReport } from '../src/install/manager/install-manager.ts';
import type { BlockEngineName } from '../src/engine/block-engine-names.ts';
import type { ReportSection } from '../src/machine/machine-report.ts';
import type { StoreBackend } from '../src/store/store-backend.ts';
import type { PackedError } from '../src/errors/cross-error.ts';
import type { VerifiedTensor, VerifyCase } from '../lab/verify/verify-contract.ts';

/** A recipe whose gaps are filled with what the model was made for. */
export interface GenerateRequest {
	readonly prompt: string;
	readonly seed: number;
	readonly model?: string;
	readonly steps?: number;
	readonly width?: number;
	readonly height?: number;
	/** What not every model can do. */
	readonly options?: RecipeOptions;
	/** GPU memory allowed; the engine's default where not given. */
	readonly budgetBytes?: number;
}

export interface GeneratedPicture {
	readonly recipe: Recipe;
	readonly report: GenerationMeasurements;
	/** A PNG file as base64: what Playwright carries is JSON. */
	readonly png: string;
}

/** Where a model can be fetched from. */
export type NetworkSource = Exclude<InstallSource, { readonly type: 'files' }>;

/** How long all the chosen files took. */
export interface FileRun {
	readonly bytes: number;
	readonly milliseconds: number;
}

/** How long all files of a model took to check. */
export interface CheckRun extends CheckReport {
	readonly milliseconds: number;
}

/** A model of made-up weights at the published dimensions, or at others. */
export interface SyntheticModelRequest {
	/** Config fields that differ from the published ones, by component. */
	readonly overrides?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
	readonly width?: number;
	readonly height?: number;
	readonly steps?: number;
	readonly backend?: StoreBackend;
}

export interface StorageTimings {
	readonly read: UploadTiming;
	readonly upload: UploadTiming;
}

export interface MeasureRequest {
	readonly engine: BlockEngineName;
	readonly model: string;
	readonly width: number;
	readonly height: number;
	readonly steps: number;
	readonly budgetBytes: number;
}

export interface PictureMeasurements {
	/** Of a picture whose prompt was read before. */
	readonly report: GenerationMeasurements;
	/** Reading the prompt, once, compilation included. */
	readonly encodeMilliseconds: number;
	/** For each step: how long after the block before each block was reported. */
	readonly blockMilliseconds: readonly (readonly number[])[];
	/** JavaScript and WebAssembly memory of the page and its workers; undefined where the browser does not tell. */
	readonly scriptBytes: number | undefined;
}

/** How much of a machine to measure: `quick` checks that it works, `full` needs a GPU and 21 GB of disk. */
export type BenchLevel = 'quick' | 'full';

export interface PictureRow {
	readonly request: MeasureRequest;
	readonly outcome: Outcome<PictureMeasurements>;
}

export interface MachineReport {
	readonly level: BenchLevel;
	readonly userAgent: string;
	readonly kernels: Outcome<KernelBenchReport>;
	readonly install: Outcome<SyntheticInstall>;
	readonly storage: Outcome<StorageTimings>;
	readonly pictures: readonly PictureRow[];
}

/** A rejection, as plain data: Playwright would flatten it into one string with its stack. */
export type Outcome<Value> =
	| { readonly ok: true; readonly value: Value }
	| { readonly ok: false; readonly error: PackedError };

/** What `harness.html` offers to the command line tools that drive it. */
export interface HarnessApi {
	/** Waits for the browser's GPU process and finds the adapter. */
	open(): Promise<Outcome<AdapterInfo>>;
	models(): Promise<Outcome<readonly ModelInfo[]>>;
	/** Installs the model first where needed. */
	generate(request: GenerateRequest): Promise<Outcome<GeneratedPicture>>;
	/**
	 * Installs Z-Image-Turbo from the files that the page's input holds, or goes on with that.
	 *
	 * @param afresh deletes first what is installed
	 */
	installFiles(afresh: boolean): Promise<Outcome<FileRun>>;
	/** Fetches and installs Z-Image-Turbo, or goes on with that. */
	installFrom(source: NetworkSource): Promise<Outcome<FileRun>>;
	/** Reads every file of the installed Z-Image-Turbo and compares its hash. */
	checkInstalled(): Promise<Outcome<CheckRun>>;
	/** Copies those files into the browser's file system as they are, and deletes the copy. */
	copyFiles(): Promise<Outcome<FileRun>>;
	verify(verifyCase: VerifyCase): Promise<Outcome<readonly VerifiedTensor[]>>;
	/** Installs a model of made-up weights, under the id `synthetic`. */
	installSynthetic(request?: SyntheticModelRequest): Promise<Outcome<SyntheticInstall>>;
	/** Reads the made-up model's step from disk: to memory, and to the GPU. */
	timeStorage(options?: UploadOptions): Promise<Outcome<StorageTimings>>;
	/** Draws a picture for its measurements. */
	measure(request: MeasureRequest): Promise<Outcome<PictureMeasurements>>;
	/** All of it: kernels, blocks, storage, whole pictures. */
	benchMachine(level: BenchLevel): Promise<Outcome<MachineReport>>;
	/** "Test this machine", without what only the app's page knows. */
	testMachine(): Promise<Outcome<readonly ReportSection[]>>;
	/** Fits a model's preview factors to pictures that it draws; installs it first where needed. */
	fitPreview(
		model: string | undefined,
		subjects: readonly PreviewSubject[],
	): Promise<Outcome<PreviewFit>>;
	/** Times kernels, tiles and whole blocks at full size; within its time budget. */
	bench(options?: KernelBenchOptions): Promise<Outcome<KernelBenchReport>>;
	/** Times whole decodes at full size in each cutting. */
	benchDecode(options?: DecodeBenchOptions): Promise<Outcome<DecodeBenchReport>>;
	/** Times steps of the made-up model with adapters and without. */
	benchAdapters(options?: AdapterBenchOptions): Promise<Outcome<readonly AdapterTiming[]>>;
}

declare global {
	interface Window {
		shardlightHarness?: HarnessApi;
		/** Set by the tool that drives the page: one line for the person who waits. */
		shardlightProgress?: (line: string) => Promise<void>;
	}
}
