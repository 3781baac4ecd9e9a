import { proxy } from 'comlink';
import { muteAfterSettled } from '../../bridge/mute-after-settled.ts';
import type { WorkerBridge } from '../../bridge/worker-bridge.ts';
import type { AdapterRecord } from '../../install/adapters/adapter-record.ts';
import type {
	AdapterProgress,
	AdapterSource,
} from '../../install/adapters/local-adapter-manager.ts';
import type { LocalInstallManager } from '../../install/manager/local-install-manager.ts';

export type { AdapterProgress, AdapterRecord, AdapterSource };
export type { AdapterKind } from '../../adapters/adapter-report.ts';
export type { AdapterNote } from '../../adapters/adapter-notes.ts';

/** What the page asks about adapters, across the worker's boundary. */
export interface AdapterPort {
	/** The newest first. */
	records(): Promise<readonly AdapterRecord[]>;
	/** `data:` address of a picture. */
	thumbnail(hash: string): Promise<string | undefined>;
	/** An adapter that is there already is given as it is. */
	install(
		source: AdapterSource,
		onProgress: (progress: AdapterProgress) => void,
		signal: AbortSignal,
	): Promise<AdapterRecord>;
	rename(hash: string, title: string): Promise<void>;
	delete(hash: string): Promise<void>;
}

export class AdapterClient implements AdapterPort {
	readonly #bridge: WorkerBridge<LocalInstallManager>;

	constructor(bridge: WorkerBridge<LocalInstallManager>) {
		this.#bridge = bridge;
	}

	records(): Promise<readonly AdapterRecord[]> {
		return this.#bridge.call(({ adapters }) => adapters.records());
	}

	thumbnail(hash: string): Promise<string | undefined> {
		return this.#bridge.call(({ adapters }) => adapters.thumbnail(hash));
	}

	install(
		source: AdapterSource,
		onProgress: (progress: AdapterProgress) => void,
		signal: AbortSignal,
	): Promise<AdapterRecord> {
		return muteAfterSettled(onProgress, (listener) =>
			this.#bridge.call(
				({ adapters }) => adapters.install(source, proxy(listener), signal),
				signal,
			),
		);
	}

	rename(hash: string, title: string): Promise<void> {
		return this.#bridge.call(({ adapters }) => adapters.rename(hash, title));
	}

	delete(hash: string): Promise<void> {
		return this.#bridge.call(({ adapters }) => adapters.delete(hash));
	}
}
