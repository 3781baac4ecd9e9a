import { expose } from 'comlink';
import { HashLane } from './hash-lane.ts';

expose(new HashLane());
