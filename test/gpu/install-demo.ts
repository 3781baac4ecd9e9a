import { proxy, type Remote } from 'comlink';
import { OpenWorker } from '../../src/bridge/open-worker.ts';
import { DEMO_MODEL_ID } from '../../src/install/manager/bundled-models.ts';
import type { LocalInstallManager } from '../../src/install/manager/local-install-manager.ts';

/** An install manager as the page of a tab starts it. */
export function openInstalls(): OpenWorker<LocalInstallManager> {
	const url = new URL('../../workers/install.worker.ts', import.meta.url);
	const modelsUrl = new URL('/models/', location.href).href;
	return new OpenWorker('install', new Worker(url, { type: 'module' }), { modelsUrl });
}

/** Installs the demo model where the page has it, unless it is there. */
export async function installDemo(): Promise<void> {
	const open = openInstalls();
	try {
		await open.call((manager: Remote<LocalInstallManager>) =>
			manager.resume(
				DEMO_MODEL_ID,
				proxy(() => undefined),
			),
		);
	} finally {
		open.close();
	}
}
