import { AppError } from '../errors/app-error.ts';

declare module '../errors/app-error.ts' {
	interface ErrorData {
		'engine-busy': NoData;
		'webgpu-paused': NoData;
		'gpu-keeps-failing': { readonly times: number; readonly reason: string };
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
