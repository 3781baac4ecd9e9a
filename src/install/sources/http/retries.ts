import { DownloadError } from '../../errors.ts';
import { BrokenConnection } from './broken-connection.ts';
import { RETRY_POLICY, type RetryPolicy, waitBefore } from './retry-policy.ts';

export interface Retry {
	readonly file: string;
	readonly attempt: number;
	readonly waitMilliseconds: number;
	readonly reason: string;
}

export interface RetryOptions {
	readonly policy?: RetryPolicy;
	readonly signal?: AbortSignal;
	readonly onRetry?: (retry: Retry) => void;
}

/** Counts the attempts for one file, and waits between them. */
export class Retries {
	readonly #url: string;
	readonly #name: string;
	readonly #policy: RetryPolicy;
	readonly #onRetry: RetryOptions['onRetry'];
	#failures = 0;
	/** Those among them that name a limit of their own. */
	#refusals = 0;

	/** @param name of the file in messages */
	constructor(url: string, name: string, { policy = RETRY_POLICY, onRetry }: RetryOptions) {
		this.#url = url;
		this.#name = name;
		this.#policy = policy;
		this.#onRetry = onRetry;
	}

	/** Bytes came: only failures in a row count. */
	reset(): void {
		this.#failures = 0;
		this.#refusals = 0;
	}

	/**
	 * Resolves when it is time for the next attempt.
	 *
	 * @throws DownloadError when there were enough, AbortError, and any error that another attempt does not mend
	 */
	async waitAfter(error: unknown, signal: AbortSignal | undefined): Promise<void> {
		signal?.throwIfAborted();
		if (!(error instanceof BrokenConnection)) throw error;
		const attempt = ++this.#failures;
		const { message: reason } = error;
		if (Number.isFinite(error.attempts)) this.#refusals++;
		if (attempt >= this.#policy.attempts || this.#refusals >= error.attempts) {
			throw new DownloadError(this.#url, attempt === 1 ? reason : `${reason}, ${attempt} times`);
		}
		const waitMilliseconds = Math.min(
			error.waitMilliseconds ?? waitBefore(attempt, this.#policy),
			this.#policy.longestWaitMilliseconds,
		);
		this.#onRetry?.({ file: this.#name, attempt, waitMilliseconds, reason });
		await this.#policy.wait(waitMilliseconds, signal);
	}
}
