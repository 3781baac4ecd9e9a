import type {
	InstallPort,
	InstallSource,
	ManagedModel,
	ManagerListener,
	MirrorProbe,
	StorageOverview,
	StoreBackend,
} from '../../../src/engine/install-client.ts';
import type { InstallOutcome } from '../../../src/install/manager/install-manager.ts';
import { ScriptedAdapters } from './scripted-adapters.ts';

export const MANAGED_MODEL: ManagedModel = {
	...{ id: 'z-image-turbo', name: 'Z-Image-Turbo', state: 'absent', resumable: false },
	...{ installedBytes: 2e10, storedBytes: 0, damagedShards: [] },
	offer: { type: 'bundled', source: { type: 'shards', url: 'https://page.test/models/demo/' } },
};

/** A manager whose operation waits until the test ends it. */
export class ScriptedPort implements InstallPort {
	readonly adapters = new ScriptedAdapters();
	listener: ManagerListener = () => undefined;
	sources: InstallSource[] = [];
	finish: (outcome?: InstallOutcome) => void = () => undefined;
	fail: (error: Error) => void = () => undefined;
	stopped: string[] = [];
	/** Installs, resumes and repairs, one after the other. */
	readonly asked: { readonly what: 'install' | 'resume' | 'repair'; readonly id: string }[] = [];
	damaged: readonly string[] = [];

	async models(): Promise<readonly ManagedModel[]> {
		return [MANAGED_MODEL];
	}

	async storage(): Promise<StorageOverview> {
		return { persisted: false, usedBytes: 1e9, backends: ['opfs'] };
	}

	install(id: string, source: InstallSource, listener: ManagerListener): Promise<InstallOutcome> {
		this.sources.push(source);
		this.asked.push({ what: 'install', id });
		return this.#begin(listener);
	}

	resume(id: string, listener: ManagerListener): Promise<InstallOutcome> {
		this.asked.push({ what: 'resume', id });
		return this.#begin(listener);
	}

	repair(id: string, listener: ManagerListener): Promise<InstallOutcome> {
		this.asked.push({ what: 'repair', id });
		return this.#begin(listener);
	}

	async check(): Promise<{ shardsChecked: number; damaged: readonly string[] }> {
		return { shardsChecked: 20, damaged: this.damaged };
	}

	async probeMirror(baseUrl: string): Promise<MirrorProbe> {
		return baseUrl.includes('mirror')
			? { milliseconds: 120 }
			: { milliseconds: 120, problem: { type: 'no-server' } };
	}

	move(_id: string, _backend: StoreBackend, listener: ManagerListener): Promise<InstallOutcome> {
		return this.#begin(listener);
	}

	async delete(): Promise<void> {
		this.stopped.push('delete');
	}

	async pause(): Promise<void> {
		this.stopped.push('pause');
		this.finish('paused');
	}

	async cancel(): Promise<void> {
		this.stopped.push('cancel');
	}

	#begin(listener: ManagerListener): Promise<InstallOutcome> {
		this.listener = listener;
		return new Promise((resolve, reject) => {
			this.finish = (outcome = 'installed') => resolve(outcome);
			this.fail = reject;
		});
	}
}
