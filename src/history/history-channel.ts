/** Tells other tabs of this browser that the history is no longer what they have read. */
export class HistoryChannel {
	readonly #name: string;
	#channel: BroadcastChannel | undefined;

	constructor(name: string) {
		this.#name = name;
	}

	/** A tab does not hear itself. */
	tell(): void {
		this.#open().postMessage('changed');
	}

	listen(listener: () => void): void {
		this.#open().addEventListener('message', listener);
	}

	close(): void {
		this.#channel?.close();
		this.#channel = undefined;
	}

	#open(): BroadcastChannel {
		this.#channel ??= new BroadcastChannel(this.#name);
		return this.#channel;
	}
}
