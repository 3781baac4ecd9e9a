import type { Engine, InstallEvent, ModelInfo } from '../../engine/engine.ts';
import { isAbort } from '../../errors/app-error.ts';
import type { Environment } from '../studio/environment.ts';
import { type Failure, describeFailure } from '../studio/failure.ts';
import { FrameThrottle } from '../studio/frame-throttle.ts';
import { TransferRate } from './transfer-rate.ts';

export interface InstallProgress {
	readonly bytesDone: number;
	readonly bytesTotal: number;
	readonly bytesPerSecond?: number;
	readonly millisecondsLeft?: number;
}

export type InstallState =
	| { readonly status: 'idle' }
	| { readonly status: 'running'; readonly model: ModelInfo; readonly progress?: InstallProgress }
	| { readonly status: 'cancelled'; readonly model: ModelInfo }
	| { readonly status: 'failed'; readonly model: ModelInfo; readonly failure: Failure };

const SECOND = 1000;

/** Fetches a model, or what is missing or damaged of it. */
export class Installation {
	readonly #engine: Engine;
	readonly #environment: Environment;
	#abort: AbortController | undefined;

	state: InstallState = $state.raw({ status: 'idle' });

	constructor(engine: Engine, environment: Environment) {
		this.#engine = engine;
		this.#environment = environment;
	}

	get running(): boolean {
		return this.state.status === 'running';
	}

	/** 0 to 1 while running, as far as it is known. */
	get fraction(): number | undefined {
		if (this.state.status !== 'running' || this.state.progress === undefined) return undefined;
		const { bytesDone, bytesTotal } = this.state.progress;
		return bytesTotal > 0 ? Math.min(1, bytesDone / bytesTotal) : undefined;
	}

	/** Resolves to the installed model, or to `undefined` when `state` tells why there is none. */
	async run(model: ModelInfo): Promise<ModelInfo | undefined> {
		if (this.running) return undefined;
		const abort = new AbortController();
		const rate = new TransferRate();
		let progress: InstallProgress | undefined;
		const throttle = new FrameThrottle(() => {
			this.state = { status: 'running', model, progress };
		}, this.#environment.schedule);
		const onEvent = (event: InstallEvent): void => {
			if (event.type !== 'install-progress') return;
			progress = this.#measure(event.bytesDone, event.bytesTotal, rate);
			throttle.request();
		};

		this.#abort = abort;
		this.state = { status: 'running', model };
		try {
			const installed = await this.#engine.install(model.id, onEvent, abort.signal);
			this.state = { status: 'idle' };
			return installed;
		} catch (error) {
			this.state = isAbort(error)
				? { status: 'cancelled', model }
				: { status: 'failed', model, failure: describeFailure(error) };
			return undefined;
		} finally {
			throttle.cancel();
			this.#abort = undefined;
		}
	}

	/** Shows that a model is needed, and leaves it to the user. */
	offer(model: ModelInfo): void {
		if (!this.running) this.state = { status: 'cancelled', model };
	}

	cancel(): void {
		this.#abort?.abort();
	}

	dismiss(): void {
		if (!this.running) this.state = { status: 'idle' };
	}

	#measure(bytesDone: number, bytesTotal: number, rate: TransferRate): InstallProgress {
		rate.record(bytesDone, this.#environment.now());
		const { bytesPerSecond } = rate;
		const millisecondsLeft = bytesPerSecond
			? ((bytesTotal - bytesDone) / bytesPerSecond) * SECOND
			: undefined;
		return { bytesDone, bytesTotal, bytesPerSecond, millisecondsLeft };
	}
}
