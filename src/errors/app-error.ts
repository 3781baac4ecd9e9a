/**
 * What is known of an error beside its code. Every room adds its own errors here, in its `errors.ts`: a catalogue
 * that lacks a sentence for one of them does not compile.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export interface ErrorData {}

export type ErrorCode = keyof ErrorData;

/** For errors of which the code says everything. */
export type NoData = Readonly<Record<string, never>>;

/** What can be done about an error at once. */
export type Remedy = 'repair' | 'install';

export interface ErrorTraits {
	/** False if the worker that raised the error cannot be trusted any more. */
	readonly engineUsable: boolean;
	readonly remedy?: Remedy;
	readonly cause?: unknown;
}

/** An error that people are told of, in their language: `code` and `data` say what to tell. */
export abstract class AppError<Code extends ErrorCode = ErrorCode> extends Error {
	readonly code: Code;
	readonly data: ErrorData[Code];
	readonly engineUsable: boolean;
	readonly remedy: Remedy | undefined;

	constructor(code: Code, data: ErrorData[Code], { engineUsable, remedy, cause }: ErrorTraits) {
		// For programmers; people get a sentence from a catalogue.
		const values = Object.values(data as object)
			.filter((value) => value !== undefined)
			.map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)));
		super(values.join(', '), cause === undefined ? undefined : { cause });
		this.name = code;
		this.code = code;
		this.data = data;
		this.engineUsable = engineUsable;
		this.remedy = remedy;
	}
}

/** An error of ours, of whatever code: `instanceof` alone narrows to data of type any. */
export function isAppError(error: unknown): error is AppError {
	return error instanceof AppError;
}

/** Knows an error again wherever it comes from: one that crossed from a worker has lost its class. */
export function hasCode<Code extends ErrorCode>(
	error: unknown,
	code: Code,
): error is AppError<Code> {
	return isAppError(error) && error.code === code;
}

/** True for the AbortError of a cancelled call. */
export function isAbort(error: unknown): boolean {
	return error instanceof Error && error.name === 'AbortError';
}

/** True if the worker that raised the error can go on. */
export function leavesEngineUsable(error: unknown): boolean {
	return isAbort(error) || (isAppError(error) && error.engineUsable);
}
