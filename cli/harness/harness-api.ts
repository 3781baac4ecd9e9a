import type { AdapterInfo, GenerationReport, ModelInfo, Recipe } from '../../src/engine/engine.ts';
import type { KernelBenchOptions, KernelBenchReport } from '../../src/engine/kernel-bench.ts';
import type { VerifiedTensor, VerifyCase } from '../../src/engine/verify-contract.ts';

/** A recipe whose gaps are filled with what the model was made for. */
export interface GenerateRequest {
	readonly prompt: string;
	readonly seed: number;
	readonly model?: string;
	readonly steps?: number;
	readonly width?: number;
	readonly height?: number;
}

export interface GeneratedPicture {
	readonly recipe: Recipe;
	readonly report: GenerationReport;
	/** A PNG file as base64: what Playwright carries is JSON. */
	readonly png: string;
}

/** How long all the chosen files took. */
export interface FileRun {
	readonly bytes: number;
	readonly milliseconds: number;
}

/** A rejection, as plain data: Playwright would flatten it into one string with its stack. */
export type Outcome<Value> =
	| { readonly ok: true; readonly value: Value }
	| { readonly ok: false; readonly error: { readonly name: string; readonly message: string } };

/** What `harness.html` offers to the command line tools that drive it. */
export interface HarnessApi {
	/** Waits for the browser's GPU process and finds the adapter. */
	open(): Promise<Outcome<AdapterInfo>>;
	models(): Promise<Outcome<readonly ModelInfo[]>>;
	/** Installs the model first where needed. */
	generate(request: GenerateRequest): Promise<Outcome<GeneratedPicture>>;
	/** Installs Z-Image-Turbo from the files that the page's input holds. */
	installFiles(): Promise<Outcome<FileRun>>;
	/** Copies those files into the browser's file system as they are, and deletes the copy. */
	copyFiles(): Promise<Outcome<FileRun>>;
	verify(verifyCase: VerifyCase): Promise<Outcome<readonly VerifiedTensor[]>>;
	/** Times kernels, tiles and whole blocks at full size; on a large GPU within 90 s. */
	bench(options?: KernelBenchOptions): Promise<Outcome<KernelBenchReport>>;
}

declare global {
	interface Window {
		shardlightHarness?: HarnessApi;
		/** Set by the tool that drives the page: one line for the person who waits. */
		shardlightProgress?: (line: string) => Promise<void>;
	}
}
