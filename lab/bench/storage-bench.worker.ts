import { exposeHost } from '../../src/bridge/expose-host.ts';
import { createStorageBench } from './storage-bench.ts';

exposeHost(createStorageBench);
