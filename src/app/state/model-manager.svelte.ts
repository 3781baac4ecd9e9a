import type {
	InstallPort,
	InstallSource,
	ManagedModel,
	ManagerEvent,
	ManagerListener,
	StorageOverview,
} from '../../engine/install-client.ts';
import type { Say } from '../i18n/messages.ts';
import { type Failure, describeFailure } from './failure.ts';
import { FrameThrottle, type Schedule } from './frame-throttle.ts';

type ProgressEvent = Extract<ManagerEvent, { type: 'progress' }>;

/** What is being done to a model now. */
export interface ModelWork {
	readonly modelId: string;
	readonly progress?: ProgressEvent;
}

/** What is installed, from where, how big, and everything one may do about it. */
export class ModelManager {
	readonly #port: InstallPort;
	readonly #schedule: Schedule;
	readonly #onChange: () => Promise<void>;

	models: readonly ManagedModel[] = $state.raw([]);
	storage: StorageOverview | undefined = $state.raw();
	work: ModelWork | undefined = $state.raw();
	failure: Failure | undefined = $state.raw();
	outcome: Say | undefined = $state.raw();

	/** @param onChange after anything that may have changed what can be drawn with */
	constructor(port: InstallPort, schedule: Schedule, onChange: () => Promise<void>) {
		this.#port = port;
		this.#schedule = schedule;
		this.#onChange = onChange;
	}

	/** 0 to 1, once there is progress. */
	get fraction(): number | undefined {
		const { progress } = this.work ?? {};
		if (progress === undefined || progress.bytesTotal <= 0) return undefined;
		return Math.min(1, progress.bytesDone / progress.bytesTotal);
	}

	async refresh(): Promise<void> {
		try {
			[this.models, this.storage] = await Promise.all([this.#port.models(), this.#port.storage()]);
		} catch (error) {
			this.failure = describeFailure(error);
		}
	}

	install(modelId: string, source: InstallSource): Promise<void> {
		return this.#run(modelId, async (listener) => {
			await this.#port.install(modelId, source, listener);
		});
	}

	/** Checkpoint files on disk, read in place. */
	installFiles(modelId: string, files: readonly File[]): Promise<void> {
		const chosen = files.map((file) => ({ path: file.webkitRelativePath || file.name, file }));
		return this.install(modelId, { type: 'files', files: chosen });
	}

	resume(modelId: string): Promise<void> {
		return this.#run(modelId, async (listener) => {
			await this.#port.resume(modelId, listener);
		});
	}

	repair(modelId: string): Promise<void> {
		return this.#run(modelId, async (listener) => {
			await this.#port.repair(modelId, listener);
		});
	}

	check(modelId: string): Promise<void> {
		return this.#run(modelId, async (listener) => {
			const { shardsChecked, damaged } = await this.#port.check(modelId, listener);
			this.outcome = ({ models }) => models.checked(shardsChecked, damaged.length);
		});
	}

	remove(modelId: string): Promise<void> {
		return this.#run(modelId, () => this.#port.delete(modelId));
	}

	pause(): void {
		void this.#port.pause();
	}

	cancel(): void {
		void this.#port.cancel();
	}

	async #run(modelId: string, act: (listener: ManagerListener) => Promise<void>): Promise<void> {
		if (this.work !== undefined) return;
		let progress: ProgressEvent | undefined;
		const throttle = new FrameThrottle(() => {
			this.work = { modelId, progress };
		}, this.#schedule);
		this.failure = undefined;
		this.outcome = undefined;
		this.work = { modelId };
		try {
			await act((event) => {
				if (event.type !== 'progress') return;
				progress = event;
				throttle.request();
			});
		} catch (error) {
			if (!(error instanceof Error && error.name === 'AbortError')) {
				this.failure = describeFailure(error);
			}
		} finally {
			throttle.cancel();
			this.work = undefined;
		}
		await Promise.all([this.refresh(), this.#onChange()]);
	}
}
