import type { Remote } from 'comlink';
import { WorkerCrashedError } from './errors.ts';
import type { OpenWorker } from './open-worker.ts';

export interface BridgeOptions<Host> {
	/** Starts a worker. Asked for the first with the first call. */
	readonly open: () => OpenWorker<Host>;
	/** Rejects if the host has lost what it works with, while nothing was asked of it. */
	readonly assertUsable?: (host: Remote<Host>) => Promise<unknown>;
	/** What the page makes of an error. */
	readonly see?: (error: unknown) => unknown;
	/** False for an error after which the worker is replaced. */
	readonly isUsableAfter: (error: unknown) => boolean;
}

/** Calls into a worker that is replaced when it dies or can no longer be trusted. */
export class WorkerBridge<Host> {
	readonly #options: BridgeOptions<Host>;
	#current: OpenWorker<Host> | undefined;

	constructor(options: BridgeOptions<Host>) {
		this.#options = options;
	}

	/**
	 * A worker that was lost while nothing ran is replaced without a word.
	 *
	 * @param signal as for `OpenWorker.call`
	 */
	async call<Result>(
		run: (host: Remote<Host>) => Promise<Result>,
		signal?: AbortSignal,
	): Promise<Result> {
		const { assertUsable } = this.#options;
		const worker = this.#worker();
		let isUsable = false;
		try {
			return await this.#callIn(
				worker,
				async (host) => {
					await (assertUsable?.(host) ?? worker.ping());
					isUsable = true;
					signal?.throwIfAborted();
					return run(host);
				},
				signal,
			);
		} catch (error) {
			const closed = error instanceof WorkerCrashedError && error.data.end === 'closed';
			if (isUsable || closed || signal?.aborted) throw error;
			this.#drop(worker, error);
		}
		return this.#callIn(this.#worker(), run, signal);
	}

	/** The next call gets a new worker; calls under way end as they began. */
	replace(): void {
		this.#current?.retire();
		this.#current = undefined;
	}

	close(): void {
		this.#current?.close();
		this.#current = undefined;
	}

	#worker(): OpenWorker<Host> {
		if (this.#current === undefined || this.#current.hasEnded) {
			this.#current = this.#options.open();
		}
		return this.#current;
	}

	async #callIn<Result>(
		worker: OpenWorker<Host>,
		run: (host: Remote<Host>) => Promise<Result>,
		signal: AbortSignal | undefined,
	): Promise<Result> {
		const { see, isUsableAfter } = this.#options;
		try {
			return await worker.call(run, signal);
		} catch (error) {
			const seen = see === undefined ? error : see(error);
			if (!isUsableAfter(seen)) this.#drop(worker, seen);
			throw seen;
		}
	}

	#drop(worker: OpenWorker<Host>, reason: unknown): void {
		worker.end(reason);
		if (this.#current === worker) this.#current = undefined;
	}
}
