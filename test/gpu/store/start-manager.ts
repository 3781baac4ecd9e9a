import type { Remote } from 'comlink';
import { afterAll } from 'vitest';
import { OpenWorker } from '../../../src/bridge/open-worker.ts';
import type { LocalInstallManager } from '../../../src/install/manager/local-install-manager.ts';
import type { PublishedModel } from '../../../src/families/parts/published-model.ts';

const open: OpenWorker<LocalInstallManager>[] = [];

afterAll(() => {
	for (const worker of open) worker.close();
});

/** An install manager in a worker of its own, as the page of a tab starts it. */
export function startManager(published: PublishedModel): Promise<Remote<LocalInstallManager>> {
	const url = new URL('../../../workers/install.worker.ts', import.meta.url);
	const worker = new OpenWorker<LocalInstallManager>(
		'install',
		new Worker(url, { type: 'module' }),
		{
			...{ modelsUrl: new URL('/models/', location.href).href },
			...{ bundled: [], published: [published] },
		},
	);
	open.push(worker);
	return worker.call(async (manager) => manager);
}
