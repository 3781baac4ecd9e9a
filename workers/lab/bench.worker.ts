import { expose } from 'comlink';
import { createStorageBench } from '../../src/lab/bench/storage-bench.ts';

expose(createStorageBench());
