import { type Remote, proxy } from 'comlink';
import { muteAfterSettled } from '../bridge/mute-after-settled.ts';
import { OpenWorker } from '../bridge/open-worker.ts';
import { WorkerBridge } from '../bridge/worker-bridge.ts';
import type {
	CheckReport,
	InstallManager,
	InstallOptions,
	InstallOutcome,
	InstallSource,
	ManagedModel,
	ManagerEvent,
	StorageOverview,
} from '../install/manager/install-manager.ts';
import type { MirrorProbe } from '../install/sources/probe-mirror.ts';
import { holdPage } from './hold-page.ts';
import { isAbort } from '../errors/app-error.ts';
import { AdapterClient, type AdapterPort } from './adapters/adapter-client.ts';
import type { StoreBackend } from '../store/store-backend.ts';
import { modelsUrl } from '../install/manager/bundled-models.ts';
import type { LocalInstallManager } from '../install/manager/local-install-manager.ts';

export type * from '../install/manager/install-manager.ts';
export type { MirrorProbe, MirrorProblem } from '../install/sources/probe-mirror.ts';
export type { BackendSpeed, StoreBackend } from '../store/store-backend.ts';
export type ManagerListener = (event: ManagerEvent) => void;

/** What the page asks of the install manager, across the worker's boundary. */
export interface InstallPort extends Omit<InstallManager, 'pause' | 'cancel'> {
	readonly adapters: AdapterPort;
	pause(): Promise<void>;
	cancel(): Promise<void>;
}

type RemoteManager = Remote<LocalInstallManager>;

/** The page's end of the install manager. A worker that dies fails what it was busy with; the next call gets a new one. */
class InstallClient implements InstallPort {
	readonly #bridge = new WorkerBridge<LocalInstallManager>({
		open: openManager,
		// Every error leaves what is stored in place, and an install may be going on beside the call that failed.
		isUsableAfter: () => true,
	});
	readonly adapters = new AdapterClient(this.#bridge);
	/** Of what is under way. */
	readonly #stops = new Set<AbortController>();
	#cancelled = false;

	models(): Promise<readonly ManagedModel[]> {
		return this.#bridge.call((manager) => manager.models());
	}

	storage(): Promise<StorageOverview> {
		return this.#bridge.call((manager) => manager.storage());
	}

	probeMirror(baseUrl: string): Promise<MirrorProbe> {
		return this.#bridge.call((manager) => manager.probeMirror(baseUrl));
	}

	install(
		id: string,
		source: InstallSource,
		onEvent: ManagerListener,
		options?: InstallOptions,
	): Promise<InstallOutcome> {
		return this.#install(id, onEvent, (manager, listener) =>
			manager.install(id, source, listener, options),
		);
	}

	resume(id: string, onEvent: ManagerListener, options?: InstallOptions): Promise<InstallOutcome> {
		return this.#install(id, onEvent, (manager, listener) => manager.resume(id, listener, options));
	}

	repair(id: string, onEvent: ManagerListener, source?: InstallSource): Promise<InstallOutcome> {
		return this.#operate(onEvent, (manager, listener) => manager.repair(id, listener, source));
	}

	check(id: string, onEvent: ManagerListener): Promise<CheckReport> {
		return this.#operate(onEvent, (manager, listener) => manager.check(id, listener));
	}

	move(id: string, backend: StoreBackend, onEvent: ManagerListener): Promise<InstallOutcome> {
		return this.#operate(onEvent, (manager, listener) => manager.move(id, backend, listener));
	}

	delete(id: string): Promise<void> {
		return this.#bridge.call((manager) => manager.delete(id));
	}

	async pause(): Promise<void> {
		this.#stop();
	}

	async cancel(): Promise<void> {
		this.#cancelled = true;
		this.#stop();
	}

	dispose(): void {
		this.#bridge.close();
	}

	#stop(): void {
		for (const stop of this.#stops) stop.abort();
	}

	async #install(
		id: string,
		onEvent: ManagerListener,
		run: (manager: RemoteManager, listener: ManagerListener) => Promise<InstallOutcome>,
	): Promise<InstallOutcome> {
		try {
			return await this.#operate(onEvent, run);
		} catch (error) {
			if (!isAbort(error)) throw error;
			// The worker did not stop by itself, and was ended.
			if (!this.#cancelled) return 'paused';
			await this.delete(id);
			return 'cancelled';
		}
	}

	async #operate<Result>(
		onEvent: ManagerListener,
		run: (manager: RemoteManager, listener: ManagerListener) => Promise<Result>,
	): Promise<Result> {
		const stop = new AbortController();
		this.#stops.add(stop);
		this.#cancelled = false;
		try {
			const operation = muteAfterSettled(onEvent, (listener) =>
				this.#bridge.call((manager) => {
					stop.signal.addEventListener('abort', () => {
						void (this.#cancelled ? manager.cancel() : manager.pause());
					});
					return run(manager, proxy(listener));
				}, stop.signal),
			);
			return await holdPage(operation);
		} finally {
			this.#stops.delete(stop);
		}
	}
}

function openManager(): OpenWorker<LocalInstallManager> {
	const worker = new Worker(new URL('../../workers/install.worker.ts', import.meta.url), {
		type: 'module',
		name: 'install',
	});
	return new OpenWorker('install', worker, { modelsUrl: modelsUrl(document.baseURI) });
}

/** Starts no worker until the first call. */
export function createInstallClient(): InstallPort & { dispose(): void } {
	return new InstallClient();
}
