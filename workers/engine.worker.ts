import { exposeHost } from '../src/bridge/expose-host.ts';
import { EngineHost } from '../src/engine/engine-host.ts';
import type { LocalEngineOptions } from '../src/engine/local-engine.ts';

exposeHost((options: LocalEngineOptions) => new EngineHost(options));
