import { expose } from 'comlink';
import { EngineHost } from '../src/engine/engine-host.ts';

expose(EngineHost);
