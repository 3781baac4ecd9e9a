import { exposeHost } from '../../../src/bridge/expose-host.ts';

/** A worker whose script runs in this thread, and that dies as a test wants it to. */
export class FakeWorker extends EventTarget {
	readonly #page: MessagePort;
	readonly #inside: MessagePort;
	terminated = false;

	readonly #locks: FakeLocks;

	/** @param createHost what its script exposes */
	constructor(locks: FakeLocks, createHost: (options: unknown) => object) {
		super();
		this.#locks = locks;
		const { port1, port2 } = new MessageChannel();
		this.#page = port1;
		this.#inside = port2;
		port1.onmessage = ({ data }: MessageEvent<unknown>) =>
			this.dispatchEvent(new MessageEvent('message', { data }));
		exposeHost(createHost, port2);
		port2.start();
	}

	postMessage(message: unknown, transfer: Transferable[] = []): void {
		this.#page.postMessage(message, transfer);
	}

	/** What the browser does when the script throws, or cannot be fetched. */
	fail(message?: string): void {
		this.dispatchEvent(Object.assign(new Event('error'), { message }));
	}

	terminate(): void {
		this.terminated = true;
		this.#page.close();
		this.#inside.close();
		this.#locks.killOldest();
	}
}

/** Web Locks that workers hold until they die, the oldest first. */
export class FakeLocks {
	readonly #queues = new Map<string, (() => Promise<unknown> | void)[]>();

	request(name: string, hold: () => Promise<unknown> | void): Promise<void> {
		const queue = this.#queues.get(name) ?? [];
		this.#queues.set(name, [...queue, hold]);
		if (queue.length === 0) void hold();
		return Promise.resolve();
	}

	/** What a browser does that is short of memory: nobody is told, but the worker's lock passes on. */
	killOldest(): void {
		for (const [name, [, next]] of this.#queues) {
			this.#queues.delete(name);
			void next?.();
			return;
		}
	}
}
