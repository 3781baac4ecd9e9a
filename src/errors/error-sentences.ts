import type { AppError, ErrorCode, ErrorData } from './app-error.ts';

/** What every error says, in one language. */
export type ErrorSentences = {
	readonly [Code in ErrorCode]: (data: ErrorData[Code]) => string;
};

export function sayError<Code extends ErrorCode>(
	sentences: ErrorSentences,
	{ code, data }: AppError<Code>,
): string {
	return sentences[code](data);
}
