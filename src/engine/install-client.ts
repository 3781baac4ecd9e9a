import { type Remote, proxy, wrap } from 'comlink';
import type {
	CheckReport,
	InstallManager,
	InstallOutcome,
	InstallSource,
	ManagedModel,
	ManagerEvent,
	StorageOverview,
} from '../install/install-manager.ts';
import type { LocalInstallManager } from '../install/local-install-manager.ts';

export type { InstallSource, ManagedModel, ManagerEvent, StorageOverview };
export type ManagerListener = (event: ManagerEvent) => void;

/** What the page asks of the install manager, across the worker's boundary. */
export interface InstallPort {
	models(): Promise<readonly ManagedModel[]>;
	storage(): Promise<StorageOverview>;
	install(id: string, source: InstallSource, listener: ManagerListener): Promise<InstallOutcome>;
	resume(id: string, listener: ManagerListener): Promise<InstallOutcome>;
	repair(id: string, listener: ManagerListener): Promise<InstallOutcome>;
	check(id: string, listener: ManagerListener): Promise<CheckReport>;
	delete(id: string): Promise<void>;
	pause(): Promise<void>;
	cancel(): Promise<void>;
}

/** Starts no worker until the first call. */
export function createInstallClient(): InstallPort {
	let starting: Promise<Remote<InstallManager>> | undefined;
	const manager = (): Promise<Remote<InstallManager>> => (starting ??= startWorker());
	return {
		models: async () => (await manager()).models(),
		storage: async () => (await manager()).storage(),
		install: async (id, source, listener) => (await manager()).install(id, source, proxy(listener)),
		resume: async (id, listener) => (await manager()).resume(id, proxy(listener)),
		repair: async (id, listener) => (await manager()).repair(id, proxy(listener)),
		check: async (id, listener) => (await manager()).check(id, proxy(listener)),
		delete: async (id) => (await manager()).delete(id),
		pause: async () => (await manager()).pause(),
		cancel: async () => (await manager()).cancel(),
	};
}

async function startWorker(): Promise<Remote<InstallManager>> {
	const worker = new Worker(new URL('../../workers/install.worker.ts', import.meta.url), {
		type: 'module',
		name: 'install',
	});
	const Manager = wrap<typeof LocalInstallManager>(worker);
	const modelsUrl = new URL('models/', document.baseURI).href;
	return new Manager({ modelsUrl });
}
