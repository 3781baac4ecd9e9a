import { exposeHost } from '../src/bridge/expose-host.ts';
import {
	LocalInstallManager,
	type LocalInstallManagerOptions,
} from '../src/install/local-install-manager.ts';

exposeHost((options: LocalInstallManagerOptions) => new LocalInstallManager(options));
