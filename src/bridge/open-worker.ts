import { type Remote, wrap } from 'comlink';
import './abort-signal-transfer.ts';
import './error-transfer.ts';
import { WorkerCrashedError, type WorkerName } from './errors.ts';
import type { Entrance } from './expose-host.ts';

/** From a cancel to its effect. A worker that takes longer hangs, or waits for a GPU that does. */
const CANCEL_PATIENCE_MS = 5_000;
/** From a worker's creation to its first answer, its script's way over a slow network included. */
const START_PATIENCE_MS = 60_000;

/** One worker, the host inside it, and its end: a call never outlives the worker. */
export class OpenWorker<Host> {
	readonly #worker: Worker;
	readonly #name: WorkerName;
	readonly #entrance: Remote<Entrance<unknown>>;
	readonly #host: Promise<Remote<Host>>;
	readonly #death: Promise<never>;
	#die: (reason: unknown) => void = () => undefined;
	/** Once its locks have passed on: a worker that computes outlives its end by some seconds. */
	#gone: Promise<unknown> = Promise.resolve();
	#calls = 0;
	#retired = false;
	#ended = false;

	/** @param options for the host, which `exposeHost` creates in the worker */
	constructor(name: WorkerName, worker: Worker, options?: unknown) {
		this.#name = name;
		this.#worker = worker;
		this.#death = new Promise((_resolve, reject) => (this.#die = reject));
		this.#death.catch(() => undefined);
		const fail = ({ message }: Partial<ErrorEvent>): void =>
			this.end(new WorkerCrashedError(name, 'failed', message === '' ? undefined : message));
		worker.addEventListener('error', fail);
		worker.addEventListener('messageerror', () => fail({ message: 'a message was unreadable' }));
		this.#entrance = wrap(worker);
		this.#host = this.#open(options);
		this.#host.catch(() => undefined);
	}

	get hasEnded(): boolean {
		return this.#ended;
	}

	/**
	 * @param signal that `run` has given to the host: the worker is ended if it does not heed it in time
	 * @throws what the host throws, WorkerCrashedError, or an AbortError
	 */
	async call<Result>(
		run: (host: Remote<Host>) => Promise<Result>,
		signal?: AbortSignal,
	): Promise<Result> {
		signal?.throwIfAborted();
		let patience: ReturnType<typeof setTimeout> | undefined;
		const cancel = (): void => {
			const silent = new WorkerCrashedError(this.#name, 'silent');
			patience = setTimeout(() => this.end(silent), CANCEL_PATIENCE_MS);
		};
		signal?.addEventListener('abort', cancel, { once: true });
		this.#calls += 1;
		try {
			return await Promise.race([this.#host.then(run), this.#death]);
		} catch (error) {
			if (this.#ended) {
				await this.#gone;
				signal?.throwIfAborted();
			}
			throw error;
		} finally {
			clearTimeout(patience);
			signal?.removeEventListener('abort', cancel);
			this.#calls -= 1;
			this.#endIfRetired();
		}
	}

	/** Resolves if the worker lives. */
	async ping(): Promise<void> {
		await this.#entrance.ping();
	}

	/** Calls under way are rejected with `reason`. */
	end(reason: unknown): void {
		this.#ended = true;
		this.#die(reason);
		this.#worker.terminate();
	}

	close(): void {
		this.end(new WorkerCrashedError(this.#name, 'closed'));
	}

	/** Closes it once no call is under way. */
	retire(): void {
		this.#retired = true;
		this.#endIfRetired();
	}

	async #open(options: unknown): Promise<Remote<Host>> {
		const lock = isSecureContext ? `${this.#name} ${crypto.randomUUID()}` : undefined;
		// Until it holds its lock, nothing tells that it was killed.
		const unstarted = new WorkerCrashedError(this.#name, 'unstarted');
		const patience = setTimeout(() => this.end(unstarted), START_PATIENCE_MS);
		this.#death.catch(() => clearTimeout(patience));
		// What it opens is the host by construction, which the types of Comlink cannot say.
		const host = (await this.#entrance
			.open(options, lock)
			.finally(() => clearTimeout(patience))) as unknown as Remote<Host>;
		if (lock !== undefined) {
			const killed = new WorkerCrashedError(this.#name, 'killed');
			this.#gone = navigator.locks.request(lock, () => this.end(killed)).catch(() => undefined);
		}
		return host;
	}

	#endIfRetired(): void {
		if (this.#retired && this.#calls === 0) this.close();
	}
}
