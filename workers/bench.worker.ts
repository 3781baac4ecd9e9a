import { expose } from 'comlink';
import { createStorageBench } from '../src/bench/storage-bench.ts';

expose(createStorageBench());
