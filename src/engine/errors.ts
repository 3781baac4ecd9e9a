import {
	GpuDeviceLostError,
	GpuFaultError,
	GpuOutOfMemoryError,
	ShapeError,
	WebGpuUnavailableError,
} from '../gpu/errors.ts';
import {
	CheckpointError,
	DownloadError,
	FilesMissingError,
	InstallBusyError,
	IntegrityError,
	SourceChangedError,
	SourceNeededError,
} from '../install/errors.ts';
import {
	BudgetTooSmallError,
	EmptyPromptError,
	InvalidRecipeError,
	NonFiniteError,
	UnsupportedOptionsError,
} from '../pipeline/errors.ts';
import {
	BackendUnavailableError,
	ModelNotInstalledError,
	ModelTooNewError,
	ShardCorruptError,
	ShardMissingError,
	StorageFullError,
	StoreBusyError,
} from '../store/errors.ts';

export class EngineBusyError extends Error {
	override readonly name = 'EngineBusyError';
	constructor() {
		super('A picture is being drawn already. Wait for it or press Cancel first.');
	}
}

/**
 * WebGPU worked in this page and does no longer. Chromium keeps the GPU from a page's address for two
 * minutes after its GPU process crashed twice in as short a time: `requestAdapter` answers null until then,
 * until the user (not a script) reloads the page, or, after more crashes, until the browser restarts.
 */
export class WebGpuPausedError extends Error {
	override readonly name = 'WebGpuPausedError';
	constructor(options?: ErrorOptions) {
		super(
			'The browser has taken WebGPU away from this page, as it does when its GPU process crashes twice. ' +
				"Reload the page with the browser's reload button, or wait two minutes and press Generate; " +
				'if that does not help, restart the browser.',
			options,
		);
	}
}

// An object, not a list: minifiers rename classes but keep property keys.
const ERROR_CLASSES = {
	BackendUnavailableError,
	BudgetTooSmallError,
	CheckpointError,
	DownloadError,
	EmptyPromptError,
	EngineBusyError,
	FilesMissingError,
	GpuDeviceLostError,
	GpuFaultError,
	GpuOutOfMemoryError,
	InstallBusyError,
	IntegrityError,
	InvalidRecipeError,
	ModelNotInstalledError,
	ModelTooNewError,
	NonFiniteError,
	ShapeError,
	ShardCorruptError,
	ShardMissingError,
	SourceChangedError,
	SourceNeededError,
	StorageFullError,
	StoreBusyError,
	UnsupportedOptionsError,
	WebGpuUnavailableError,
};

const PROTOTYPES: ReadonlyMap<string, object> = new Map(
	Object.entries(ERROR_CLASSES).map(([name, errorClass]) => [name, errorClass.prototype]),
);

/**
 * Gives an error that crossed a worker boundary its class back: Comlink keeps name, message and stack
 * but drops the prototype. AbortErrors become DOMExceptions again.
 */
export function reviveError(error: unknown): unknown {
	if (!(error instanceof Error)) return error;
	if (error.name === 'AbortError') return new DOMException(error.message, 'AbortError');
	const prototype = PROTOTYPES.get(error.name);
	if (prototype !== undefined) Object.setPrototypeOf(error, prototype);
	return error;
}

/** True for the AbortError of a cancelled call. */
export function isAbort(error: unknown): boolean {
	return error instanceof Error && error.name === 'AbortError';
}

/** After these the worker is as good as before; after any other error it is replaced. */
const HARMLESS: ReadonlySet<string> = new Set([
	'AbortError',
	'BackendUnavailableError',
	'BudgetTooSmallError',
	'ConfigError',
	'DownloadError',
	'EmptyPromptError',
	'EngineBusyError',
	'IntegrityError',
	'InvalidRecipeError',
	'ModelNotInstalledError',
	'ModelTooNewError',
	'NonFiniteError',
	'ShardCorruptError',
	'ShardMissingError',
	'StorageFullError',
	'StoreBusyError',
	'UnsupportedOptionsError',
	'WebGpuPausedError',
	'WebGpuUnavailableError',
]);

/** True if the worker that raised the error can go on. */
export function leavesEngineUsable(error: unknown): boolean {
	return error instanceof Error && HARMLESS.has(error.name);
}
