import type { Messages } from '../i18n/messages.ts';
import { RecipeLinkError } from '../../share/errors.ts';

/** What a button beside the message can do about it. */
export type Remedy = 'repair' | 'install';

export interface Failure {
	/** The error's name: what the catalogues know it by. */
	readonly code: string;
	/** The error's own words, English and exact. */
	readonly message: string;
	readonly remedy?: Remedy;
}

// By name: the app sees the engine, not the rooms behind it where these classes live.
const REMEDIES: ReadonlyMap<string, Remedy> = new Map([
	['ShardMissingError', 'repair'],
	['ShardCorruptError', 'repair'],
	['NonFiniteError', 'repair'],
	['ModelNotInstalledError', 'install'],
]);

export function describeFailure(error: unknown): Failure {
	if (!(error instanceof Error)) return { code: 'Error', message: String(error) };
	const code = error instanceof RecipeLinkError ? `${error.name}.${error.problem}` : error.name;
	return { code, message: error.message, remedy: REMEDIES.get(error.name) };
}

/** The failure in the page's language; the error's own words where the catalogue has none. */
export function sayFailure({ failure }: Messages, { code, message }: Failure): string {
	return failure(code) ?? message;
}

/**
 * True if the GPU had not the memory that was asked for.
 *
 * @param growing whether more memory than ever before was held when it happened: a driver that has no more may reset the GPU instead of saying so
 */
export function isOutOfMemory(error: unknown, growing: boolean): boolean {
	if (!(error instanceof Error)) return false;
	return error.name === 'GpuOutOfMemoryError' || (error.name === 'GpuDeviceLostError' && growing);
}

export function isWebGpuMissing(error: unknown): boolean {
	return error instanceof Error && error.name === 'WebGpuUnavailableError';
}
