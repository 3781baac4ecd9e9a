/** When to try a broken connection again. Tests take other numbers, a seeded `random` and a `wait` that does not. */
export interface RetryPolicy {
	/** Attempts in a row that bring no byte, the first one included, before it is given up. */
	readonly attempts: number;
	readonly firstWaitMilliseconds: number;
	readonly longestWaitMilliseconds: number;
	/** A connection that is silent for so long counts as broken. */
	readonly stallMilliseconds: number;
	/** A small file that is not whole after so long, however often it was tried, is given up: somebody waits for it. */
	readonly smallFileMilliseconds: number;
	/** From 0 to 1. */
	readonly random: () => number;
	readonly wait: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

export const RETRY_POLICY: RetryPolicy = {
	attempts: 8,
	firstWaitMilliseconds: 1_000,
	longestWaitMilliseconds: 60_000,
	stallMilliseconds: 30_000,
	smallFileMilliseconds: 30_000,
	random: Math.random,
	wait,
};

/** Doubles with every attempt; up to a quarter is left to chance, so that not all clients return at once. */
export function waitBefore(attempt: number, policy: RetryPolicy): number {
	const { firstWaitMilliseconds, longestWaitMilliseconds, random } = policy;
	const full = Math.min(longestWaitMilliseconds, firstWaitMilliseconds * 2 ** (attempt - 1));
	return full * (1 - random() / 4);
}

function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
	return new Promise((resolve, reject) => {
		const stop = () => {
			clearTimeout(timer);
			reject(signal?.reason as Error);
		};
		const timer = setTimeout(() => {
			signal?.removeEventListener('abort', stop);
			resolve();
		}, milliseconds);
		if (signal?.aborted === true) stop();
		else signal?.addEventListener('abort', stop, { once: true });
	});
}
