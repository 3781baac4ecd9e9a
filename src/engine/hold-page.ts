const LOCK = 'shardlight works';

/**
 * Holds a Web Lock of the page while work goes on: Chrome's Energy Saver freezes hidden pages that take much
 * of the processor, but none that hold a lock. That a worker's lock counts is nowhere written.
 */
export function holdPage<Result>(work: Promise<Result>): Promise<Result> {
	const { locks } = navigator as Partial<Pick<Navigator, 'locks'>>;
	const settled = work.then(
		() => undefined,
		() => undefined,
	);
	// Shared, so that other tabs may work too. Pages without TLS have no locks.
	void locks?.request(LOCK, { mode: 'shared' }, () => settled);
	return work;
}
