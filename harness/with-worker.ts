import type { Remote } from 'comlink';
import { OpenWorker } from '../src/bridge/open-worker.ts';

/** A worker for one call. */
export async function withWorker<Host, Result>(
	worker: Worker,
	run: (host: Remote<Host>) => Promise<Result>,
): Promise<Result> {
	const open = new OpenWorker<Host>('lab', worker);
	try {
		return await open.call(run);
	} finally {
		open.close();
	}
}
