import { expose } from 'comlink';
import { LocalInstallManager } from '../src/install/local-install-manager.ts';

expose(LocalInstallManager);
