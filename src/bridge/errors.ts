/** A worker of the page, as messages name it. */
export type WorkerName = 'engine' | 'install' | 'hash' | 'lab';

/** `closed`: by the page itself; `silent`: it did not heed a cancel in time. */
export type WorkerEnd = 'failed' | 'killed' | 'closed' | 'silent';

const ENDS: Readonly<Record<WorkerEnd, string>> = {
	failed: 'it failed',
	killed: 'the browser ended it',
	closed: 'it was closed',
	silent: 'it no longer answers',
};

/** A worker died, usually for want of memory; the next call gets a new one. */
export class WorkerCrashedError extends Error {
	override readonly name = 'WorkerCrashedError';
	readonly end: WorkerEnd;
	constructor(worker: WorkerName, end: WorkerEnd, detail = '') {
		super(
			`The ${worker} worker stopped unexpectedly (${detail || ENDS[end]}). It starts afresh with the next try.`,
		);
		this.end = end;
	}
}
