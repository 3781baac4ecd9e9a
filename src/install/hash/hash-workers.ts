import { proxy, transfer } from 'comlink';
import { OpenWorker } from '../../bridge/open-worker.ts';
import type { HashLane } from './hash-lane.ts';
import type { StartHasher, StreamHasher } from './stream-hasher.ts';
import type { ReadStored } from './verify-stored.ts';

/** Bytes on their way to a worker before the sender has to wait. */
const MAX_PENDING_BYTES = 32 * 2 ** 20;

type Lane = OpenWorker<HashLane>;

/**
 * Hashers in workers of their own: SHA-256 in WebAssembly is slower than everything else an install does,
 * so the source's and the shards' run beside the conversion. Bytes are handed over, not copied.
 */
export class HashWorkers implements Disposable {
	readonly #storePrefix: string;
	readonly #idle: Lane[] = [];
	readonly #all = new Set<Lane>();

	/** @param storePrefix of the store whose objects are read back */
	constructor(storePrefix: string) {
		this.#storePrefix = storePrefix;
	}

	readonly start: StartHasher = async (state) => {
		const lane = this.#take();
		await lane.call((remote) => remote.start(state));
		return new WorkerHasher(lane, () => this.#giveBack(lane));
	};

	readonly readStored: ReadStored = async (modelId, object, { signal, onBytes }) => {
		signal?.throwIfAborted();
		const lane = this.#take();
		const told = proxy(onBytes ?? (() => undefined));
		try {
			return await lane.call(
				(remote) => remote.readStored(this.#storePrefix, modelId, object, told, signal),
				signal,
			);
		} finally {
			this.#giveBack(lane);
		}
	};

	[Symbol.dispose](): void {
		for (const lane of this.#all) lane.close();
		this.#all.clear();
		this.#idle.length = 0;
	}

	#take(): Lane {
		return this.#idle.pop() ?? this.#open();
	}

	#giveBack(lane: Lane): void {
		if (!lane.hasEnded) this.#idle.push(lane);
	}

	#open(): Lane {
		const worker = new Worker(new URL('./hash-worker.ts', import.meta.url), {
			type: 'module',
			name: 'hash',
		});
		const lane = new OpenWorker<HashLane>('hash', worker);
		this.#all.add(lane);
		return lane;
	}
}

class WorkerHasher implements StreamHasher {
	readonly #lane: Lane;
	#release: (() => void) | undefined;
	#pendingBytes = 0;
	#last: Promise<void> = Promise.resolve();

	constructor(lane: Lane, release: () => void) {
		this.#lane = lane;
		this.#release = release;
	}

	async update(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
		const { byteLength } = bytes;
		this.#pendingBytes += byteLength;
		const handed = transfer(bytes, [bytes.buffer]);
		const sent = this.#lane
			.call((remote) => remote.update(handed))
			.then(() => {
				this.#pendingBytes -= byteLength;
			});
		this.#last = sent;
		// A failure rejects the next `save` or `digest`; until then it must not count as unhandled.
		sent.catch(() => undefined);
		if (this.#pendingBytes > MAX_PENDING_BYTES) await sent;
	}

	async save(): Promise<Uint8Array | undefined> {
		await this.#last;
		return this.#lane.call((remote) => remote.save());
	}

	async digest(): Promise<string> {
		await this.#last;
		const sha256 = await this.#lane.call((remote) => remote.digest());
		this.dispose();
		return sha256;
	}

	dispose(): void {
		this.#release?.();
		this.#release = undefined;
	}
}
