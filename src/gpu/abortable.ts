/** Awaits `work` no longer than until the signal fires. @throws the signal's reason */
export async function abortable<Result>(
	work: Promise<Result>,
	signal: AbortSignal | undefined,
): Promise<Result> {
	if (signal === undefined) return work;
	// Nobody hears of it any more once the signal has won.
	work.catch(() => undefined);
	signal.throwIfAborted();
	let stopListening = (): void => undefined;
	const aborted = new Promise<never>((_, reject) => {
		const abort = (): void => reject(signal.reason as Error);
		signal.addEventListener('abort', abort, { once: true });
		stopListening = () => signal.removeEventListener('abort', abort);
	});
	try {
		return await Promise.race([work, aborted]);
	} finally {
		stopListening();
	}
}
