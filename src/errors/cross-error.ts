import {
	AppError,
	type ErrorCode,
	type ErrorData,
	type ErrorTraits,
	isAppError,
} from './app-error.ts';

/** An error as plain data, for another thread or another process. */
export type PackedError =
	| {
			readonly type: 'app';
			readonly code: ErrorCode;
			readonly data: ErrorData[ErrorCode];
			readonly traits: ErrorTraits;
			readonly stack?: string;
	  }
	| { readonly type: 'abort'; readonly message: string }
	| {
			readonly type: 'other';
			readonly name: string;
			readonly message: string;
			readonly stack?: string;
	  };

/** An error of ours from elsewhere: its code, its data and what follows from them, without its class. */
class RevivedError extends AppError {}

export function packError(error: unknown): PackedError {
	if (isAppError(error)) {
		const { code, data, engineUsable, remedy, stack } = error;
		return { type: 'app', code, data, traits: { engineUsable, remedy }, stack };
	}
	if (!(error instanceof Error)) return { type: 'other', name: 'Error', message: String(error) };
	const { name, message, stack } = error;
	return name === 'AbortError'
		? { type: 'abort', message }
		: { type: 'other', name, message, stack };
}

export function reviveError(packed: PackedError): Error {
	if (packed.type === 'abort') return new DOMException(packed.message, 'AbortError');
	const error =
		packed.type === 'app'
			? new RevivedError(packed.code, packed.data, packed.traits)
			: Object.assign(new Error(packed.message), { name: packed.name });
	if (packed.stack !== undefined) error.stack = packed.stack;
	return error;
}
