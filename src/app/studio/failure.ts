import { type ErrorCode, hasCode, isAppError, type Remedy } from '../../errors/app-error.ts';
import { sayError } from '../../errors/error-sentences.ts';
import type { Say } from '../i18n/messages.ts';

/** An error as the page shows it. */
export interface Failure {
	/** Undefined for an error that is none of ours. */
	readonly code?: ErrorCode;
	readonly say: Say;
	/** What a button beside the message can do about it. */
	readonly remedy?: Remedy;
}

export function describeFailure(error: unknown): Failure {
	if (!isAppError(error)) return { say: ({ unexpected }) => unexpected(String(error)) };
	const { code, remedy } = error;
	return { code, say: ({ errors }) => sayError(errors, error), remedy };
}

/**
 * True if the GPU had not the memory that was asked for.
 *
 * @param growing whether more memory than ever before was held when it happened: a driver that has no more may reset the GPU instead of saying so
 */
export function isOutOfMemory(error: unknown, growing: boolean): boolean {
	return hasCode(error, 'out-of-gpu-memory') || (hasCode(error, 'gpu-device-lost') && growing);
}
