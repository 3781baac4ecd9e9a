import { type Remote, proxy, wrap } from 'comlink';
import type {
	CheckReport,
	ChosenFile,
	InstallManager,
	InstallOptions,
	InstallOutcome,
	InstallSource,
	ManagedModel,
	ManagerEvent,
	MirrorProbe,
	PublishedLayout,
	StorageOverview,
} from '../install/install-manager.ts';
import type { BackendSpeed, StoreBackend } from '../store/store-backend.ts';
import { heardUntilSettled } from './heard-until-settled.ts';
import type { LocalInstallManager } from '../install/local-install-manager.ts';

export type {
	BackendSpeed,
	ChosenFile,
	InstallOptions,
	InstallSource,
	ManagedModel,
	ManagerEvent,
	MirrorProbe,
	PublishedLayout,
	StorageOverview,
	StoreBackend,
};
export type ManagerListener = (event: ManagerEvent) => void;

/** What the page asks of the install manager, across the worker's boundary. */
export interface InstallPort {
	models(): Promise<readonly ManagedModel[]>;
	storage(): Promise<StorageOverview>;
	probeMirror(baseUrl: string): Promise<MirrorProbe>;
	install(
		id: string,
		source: InstallSource,
		listener: ManagerListener,
		options?: InstallOptions,
	): Promise<InstallOutcome>;
	resume(id: string, listener: ManagerListener): Promise<InstallOutcome>;
	repair(id: string, listener: ManagerListener, source?: InstallSource): Promise<InstallOutcome>;
	check(id: string, listener: ManagerListener): Promise<CheckReport>;
	move(id: string, backend: StoreBackend, listener: ManagerListener): Promise<InstallOutcome>;
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
		probeMirror: async (baseUrl) => (await manager()).probeMirror(baseUrl),
		install: (id, source, onEvent, options) =>
			heardUntilSettled(onEvent, async (listener) =>
				(await manager()).install(id, source, proxy(listener), options),
			),
		resume: (id, onEvent) =>
			heardUntilSettled(onEvent, async (listener) => (await manager()).resume(id, proxy(listener))),
		repair: (id, onEvent, source) =>
			heardUntilSettled(onEvent, async (listener) =>
				(await manager()).repair(id, proxy(listener), source),
			),
		check: (id, onEvent) =>
			heardUntilSettled(onEvent, async (listener) => (await manager()).check(id, proxy(listener))),
		move: (id, backend, onEvent) =>
			heardUntilSettled(onEvent, async (listener) =>
				(await manager()).move(id, backend, proxy(listener)),
			),
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
