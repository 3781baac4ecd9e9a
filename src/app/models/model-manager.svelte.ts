import type {
	BackendSpeed,
	InstallOptions,
	InstallPort,
	InstallSource,
	ManagedModel,
	ManagerEvent,
	ManagerListener,
	MirrorProbe,
	StorageOverview,
	StoreBackend,
} from '../../engine/install-client.ts';
import { isAbort } from '../../errors/app-error.ts';
import type { Say } from '../i18n/messages.ts';
import { type Failure, describeFailure } from '../studio/failure.ts';
import { FrameThrottle, type Schedule } from '../studio/frame-throttle.ts';

type EventOf<Type extends ManagerEvent['type']> = Extract<ManagerEvent, { type: Type }>;

export type Phase = EventOf<'phase'>['phase'];

/** What is being done to a model now. */
export interface ModelWork {
	readonly modelId: string;
	readonly phase?: Phase;
	readonly progress?: EventOf<'progress'>;
	readonly shard?: EventOf<'shard'>;
	/** Which files the model is made from, by component. */
	readonly files?: EventOf<'files'>['files'];
	/** The connection failed: until the next bytes come. */
	readonly retry?: EventOf<'retry'>;
	/** What was measured to choose where the shards lie. */
	readonly measured?: readonly BackendSpeed[];
	/** Worth telling, and no failure. */
	readonly notices: readonly EventOf<'notice'>[];
}

/** How an operation ended: `stopped` by the user, or not begun because of another. */
export type WorkEnd =
	| { readonly status: 'done' | 'stopped' }
	| { readonly status: 'failed'; readonly failure: Failure };

/** What the manager takes from the page. */
export interface ManagerEnvironment {
	readonly schedule: Schedule;
	/** Asks the browser to keep what is stored; only a page may, a worker cannot. */
	readonly persist: () => Promise<boolean>;
	/** After anything that may have changed what can be drawn with. */
	readonly onChange: () => Promise<void>;
	/** Whether a picture is being drawn with a model. */
	readonly isDrawnWith: (modelId: string) => boolean;
	/** Stops what is drawn with a model and takes off what waits for it, before it goes. */
	readonly release: (modelId: string) => Promise<void>;
}

/** What is installed, from where, how big, and everything one may do about it. */
export class ModelManager {
	readonly #port: InstallPort;
	readonly #environment: ManagerEnvironment;

	models: readonly ManagedModel[] = $state.raw([]);
	storage: StorageOverview | undefined = $state.raw();
	work: ModelWork | undefined = $state.raw();
	failure: Failure | undefined = $state.raw();
	outcome: Say | undefined = $state.raw();

	constructor(port: InstallPort, environment: ManagerEnvironment) {
		this.#port = port;
		this.#environment = environment;
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

	probeMirror(baseUrl: string): Promise<MirrorProbe> {
		return this.#port.probeMirror(baseUrl);
	}

	install(modelId: string, source: InstallSource, options?: InstallOptions): Promise<WorkEnd> {
		return this.#run(modelId, async (listener) => {
			await this.#persist();
			const outcome = await this.#port.install(modelId, source, listener, options);
			if (outcome === 'installed') this.outcome = ({ models }) => models.ready(this.#name(modelId));
			return outcome;
		});
	}

	resume(modelId: string): Promise<WorkEnd> {
		return this.#run(modelId, async (listener) => {
			await this.#persist();
			return this.#port.resume(modelId, listener);
		});
	}

	/** Installs a model that comes with the page. Nobody is asked anything: another tab that is at it is waited for. */
	fetchBundled(modelId: string): Promise<WorkEnd> {
		return this.#run(modelId, (listener) =>
			this.#port.resume(modelId, listener, { waitForOtherTab: true }),
		);
	}

	/** @param source where the one that the model came from is gone */
	repair(modelId: string, source?: InstallSource): Promise<WorkEnd> {
		return this.#run(modelId, async (listener) => {
			const outcome = await this.#port.repair(modelId, listener, source);
			if (outcome === 'installed') {
				this.outcome = ({ models }) => models.repaired(this.#name(modelId));
			}
			return outcome;
		});
	}

	check(modelId: string): Promise<WorkEnd> {
		return this.#run(modelId, async (listener) => {
			const { shardsChecked, damaged } = await this.#port.check(modelId, listener);
			this.outcome = ({ models }) => models.checked(shardsChecked, damaged.length);
		});
	}

	move(modelId: string, backend: StoreBackend): Promise<WorkEnd> {
		return this.#run(modelId, (listener) => this.#port.move(modelId, backend, listener));
	}

	isDrawnWith(modelId: string): boolean {
		return this.#environment.isDrawnWith(modelId);
	}

	remove(modelId: string): Promise<WorkEnd> {
		return this.#run(modelId, async () => {
			await this.#environment.release(modelId);
			await this.#port.delete(modelId);
		});
	}

	pause(): void {
		void this.#port.pause();
	}

	cancel(): void {
		void this.#port.cancel();
	}

	/** For what the page itself could not do, before the manager was asked. */
	report(error: unknown): void {
		this.failure = describeFailure(error);
	}

	#name(modelId: string): string {
		return this.models.find(({ id }) => id === modelId)?.name ?? modelId;
	}

	/** A browser that refuses installs all the same: the manager tells. */
	async #persist(): Promise<void> {
		await this.#environment.persist().catch(() => false);
	}

	async #run(
		modelId: string,
		act: (listener: ManagerListener) => Promise<unknown>,
	): Promise<WorkEnd> {
		if (this.work !== undefined) return { status: 'stopped' };
		let end: WorkEnd = { status: 'stopped' };
		let work: ModelWork = { modelId, notices: [] };
		const throttle = new FrameThrottle(() => {
			this.work = work;
		}, this.#environment.schedule);
		this.failure = undefined;
		this.outcome = undefined;
		this.work = work;
		try {
			const outcome = await act((event) => {
				work = follow(work, event);
				throttle.request();
			});
			if (outcome !== 'paused' && outcome !== 'cancelled') end = { status: 'done' };
		} catch (error) {
			if (!isAbort(error)) {
				this.failure = describeFailure(error);
				end = { status: 'failed', failure: this.failure };
			}
		} finally {
			throttle.cancel();
			this.work = undefined;
		}
		await Promise.all([this.refresh(), this.#environment.onChange()]);
		return end;
	}
}

function follow(work: ModelWork, event: ManagerEvent): ModelWork {
	switch (event.type) {
		case 'phase':
			return { ...work, phase: event.phase };
		case 'progress':
			return { ...work, progress: event, retry: undefined };
		case 'shard':
			return { ...work, shard: event };
		case 'files':
			return { ...work, files: event.files };
		case 'retry':
			return { ...work, retry: event };
		case 'backend':
			return { ...work, measured: event.measured };
		case 'notice':
			return { ...work, notices: [...work.notices, event] };
	}
}
