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

/** What of a budget has to be held for the memory to be suspected. */
const NEAR_BUDGET = 0.75;

export interface MemoryAtFailure {
	/** More than ever before was held when it happened. */
	readonly growing: boolean;
	readonly peakBytes: number;
	readonly budgetBytes: number;
}

/** True if the GPU had not the memory that was asked for: a driver that has no more may reset it instead of saying so. */
export function isOutOfMemory(
	error: unknown,
	{ growing, peakBytes, budgetBytes }: MemoryAtFailure,
): boolean {
	if (hasCode(error, 'out-of-gpu-memory')) return true;
	return hasCode(error, 'gpu-device-lost') && growing && peakBytes >= NEAR_BUDGET * budgetBytes;
}
