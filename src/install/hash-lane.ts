import type { StreamHasher } from './stream-hasher.ts';
import { startHasher } from './stream-hasher.ts';

/** A hasher at the far end of a worker: what `hash-worker.ts` exposes. */
export class HashLane {
	#hasher: StreamHasher | undefined;

	async start(state?: Uint8Array): Promise<void> {
		this.#hasher = await startHasher(state);
	}

	async update(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
		await this.#current().update(bytes);
	}

	save(): Promise<Uint8Array | undefined> {
		return this.#current().save();
	}

	digest(): Promise<string> {
		return this.#current().digest();
	}

	#current(): StreamHasher {
		if (this.#hasher === undefined) throw new RangeError('The lane was not started');
		return this.#hasher;
	}
}
