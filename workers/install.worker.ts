import { exposeHost } from '../src/bridge/expose-host.ts';
import {
	LocalInstallManager,
	type LocalInstallManagerOptions,
} from '../src/install/manager/local-install-manager.ts';

exposeHost((options: LocalInstallManagerOptions) => new LocalInstallManager(options));
