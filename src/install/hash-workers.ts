import { proxy, type Remote, transfer, wrap } from 'comlink';
import type { HashLane } from './hash-lane.ts';
import type { StartHasher, StreamHasher } from './stream-hasher.ts';
import type { ReadStored } from './verify-stored.ts';

/** Bytes on their way to a worker before the sender has to wait. */
const MAX_PENDING_BYTES = 32 * 2 ** 20;

interface Lane {
	readonly worker: Worker;
	readonly remote: Remote<HashLane>;
}

/**
 * Hashers in workers of their own: SHA-256 in WebAssembly is slower than everything else an install does,
 * so the source's and the shards' run beside the conversion. Bytes are handed over, not copied.
 */
export class HashWorkers implements Disposable {
	readonly #storePrefix: string;
	readonly #idle: Lane[] = [];
	readonly #all = new Set<Worker>();

	/** @param storePrefix of the store whose objects are read back */
	constructor(storePrefix: string) {
		this.#storePrefix = storePrefix;
	}

	readonly start: StartHasher = async (state) => {
		const lane = this.#idle.pop() ?? this.#open();
		await lane.remote.start(state);
		return new WorkerHasher(lane.remote, () => this.#idle.push(lane));
	};

	readonly readStored: ReadStored = async (modelId, object, { signal, onBytes }) => {
		signal?.throwIfAborted();
		const lane = this.#idle.pop() ?? this.#open();
		const stop = () => void lane.remote.stopReading();
		signal?.addEventListener('abort', stop);
		try {
			const told = proxy(onBytes ?? (() => undefined));
			return await lane.remote.readStored(this.#storePrefix, modelId, object, told);
		} finally {
			signal?.removeEventListener('abort', stop);
			this.#idle.push(lane);
		}
	};

	[Symbol.dispose](): void {
		for (const worker of this.#all) worker.terminate();
		this.#all.clear();
		this.#idle.length = 0;
	}

	#open(): Lane {
		const worker = new Worker(new URL('./hash-worker.ts', import.meta.url), {
			type: 'module',
			name: 'hash',
		});
		this.#all.add(worker);
		return { worker, remote: wrap<HashLane>(worker) };
	}
}

class WorkerHasher implements StreamHasher {
	readonly #lane: Remote<HashLane>;
	#release: (() => void) | undefined;
	#pendingBytes = 0;
	#last: Promise<void> = Promise.resolve();

	constructor(lane: Remote<HashLane>, release: () => void) {
		this.#lane = lane;
		this.#release = release;
	}

	async update(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
		const { byteLength } = bytes;
		this.#pendingBytes += byteLength;
		const sent = this.#lane.update(transfer(bytes, [bytes.buffer])).then(() => {
			this.#pendingBytes -= byteLength;
		});
		this.#last = sent;
		// Whoever waits hears of a failure.
		sent.catch(() => undefined);
		if (this.#pendingBytes > MAX_PENDING_BYTES) await sent;
	}

	async save(): Promise<Uint8Array | undefined> {
		await this.#last;
		return this.#lane.save();
	}

	async digest(): Promise<string> {
		await this.#last;
		const sha256 = await this.#lane.digest();
		this.dispose();
		return sha256;
	}

	dispose(): void {
		this.#release?.();
		this.#release = undefined;
	}
}
