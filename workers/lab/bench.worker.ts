import { exposeHost } from '../../src/bridge/expose-host.ts';
import { createStorageBench } from '../../src/lab/bench/storage-bench.ts';

exposeHost(createStorageBench);
