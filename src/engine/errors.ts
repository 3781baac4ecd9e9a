import { AppError } from '../errors/app-error.ts';

declare module '../errors/app-error.ts' {
	interface ErrorData {
		'engine-busy': NoData;
		'webgpu-paused': NoData;
		'gpu-keeps-failing': { readonly times: number; readonly reason: string };
		'adapter-missing': { readonly missing: readonly MissingAdapter[] };
	}
}

export class EngineBusyError extends AppError<'engine-busy'> {
	constructor() {
		super('engine-busy', {}, { engineUsable: true });
	}
}

/** The GPU was lost several times in a row: a third time may cost the browser its GPU. The next call goes on. */
export class GpuKeepsFailingError extends AppError<'gpu-keeps-failing'> {
	constructor(times: number, reason: string) {
		super('gpu-keeps-failing', { times, reason }, { engineUsable: true });
	}
}

/**
 * WebGPU worked in this page and does no longer. Chromium keeps the GPU from a page's address for two
 * minutes after its GPU process crashed twice in as short a time: `requestAdapter` answers null until then,
 * until the user (not a script) reloads the page, or, after more crashes, until the browser restarts.
 */
export class WebGpuPausedError extends AppError<'webgpu-paused'> {
	constructor(options?: ErrorOptions) {
		super('webgpu-paused', {}, { engineUsable: true, ...options });
	}
}

/** An adapter as a recipe names it. */
export interface MissingAdapter {
	readonly name: string;
	/** At least its first 12 digits; absent where only a name is known. */
	readonly hash?: string;
}

/** A recipe's adapters are not installed: drawn without them, the picture would be another. */
export class AdapterMissingError extends AppError<'adapter-missing'> {
	constructor(missing: readonly MissingAdapter[]) {
		const named = missing.map(({ name, hash }) => ({ name, ...(hash && { hash }) }));
		super('adapter-missing', { missing: named }, { engineUsable: true });
	}
}
