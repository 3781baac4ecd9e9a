import { exposeHost } from '../../src/bridge/expose-host.ts';
import { benchAdapters } from './adapter-bench.ts';

/** What this worker exposes through Comlink: only in workers are files read at full speed. */
export interface AdapterBenchWorker {
	readonly benchAdapters: typeof benchAdapters;
}

exposeHost((): AdapterBenchWorker => ({ benchAdapters }));
