import { AppError } from '../errors/app-error.ts';

declare module '../errors/app-error.ts' {
	interface ErrorData {
		'worker-crashed': {
			readonly worker: WorkerName;
			readonly end: WorkerEnd;
			readonly detail?: string;
		};
	}
}

export type WorkerName = 'engine' | 'install' | 'hash' | 'lab';

/** `closed`: by the page itself; `silent`: it did not heed a cancel in time; `unstarted`: nor answer its first message. */
export type WorkerEnd = 'failed' | 'killed' | 'closed' | 'silent' | 'unstarted';

/** A worker died, usually for want of memory; the next call gets a new one. */
export class WorkerCrashedError extends AppError<'worker-crashed'> {
	constructor(worker: WorkerName, end: WorkerEnd, detail?: string) {
		super('worker-crashed', { worker, end, detail }, { engineUsable: false });
	}
}
