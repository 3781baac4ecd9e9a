import { type Endpoint, expose, proxy } from 'comlink';
import './abort-signal-transfer.ts';
import './error-transfer.ts';

/** What a worker exposes: the page asks for the host with its first message. */
export interface Entrance<Options> {
	/**
	 * @param lock a Web Lock to hold for as long as the worker lives: a browser that ends a worker tells
	 * nobody, but gives its locks to whoever waits for them. Undefined where there are none.
	 */
	open(options: Options, lock: string | undefined): Promise<object>;
	/** Answers as long as the worker lives. */
	ping(): void;
}

/** The worker's end of an `OpenWorker`. */
export function exposeHost<Options>(
	createHost: (options: Options) => object,
	endpoint?: Endpoint,
): void {
	const entrance: Entrance<Options> = {
		async open(options, lock) {
			if (lock !== undefined) await holdForLife(lock);
			return proxy(createHost(options));
		},
		ping: () => undefined,
	};
	expose(entrance, endpoint);
}

function holdForLife(lock: string): Promise<void> {
	return new Promise((resolve) => {
		void navigator.locks.request(lock, () => {
			resolve();
			return new Promise<never>(() => undefined);
		});
	});
}
