import { expose } from 'comlink';
// eslint-disable-next-line boundaries/dependencies -- Installing goes on while the engine's worker draws.
import { LocalInstallManager } from '../src/install/local-install-manager.ts';

expose(LocalInstallManager);
