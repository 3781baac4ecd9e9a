import type { KeyValueStorage } from '../studio/key-value-storage.ts';

const STORAGE_KEY = 'shardlight.history-limit';

/** Bytes to choose from. */
export const HISTORY_LIMITS: readonly number[] = [1e9, 5e9, 20e9];

/** How much of the disk pictures may take, if the user wants a limit. */
export class HistoryLimit {
	readonly #storage: KeyValueStorage;
	#bytes: number | undefined = $state();

	constructor(storage: KeyValueStorage) {
		this.#storage = storage;
		const kept = Number(storage.read(STORAGE_KEY));
		if (HISTORY_LIMITS.includes(kept)) this.#bytes = kept;
	}

	get bytes(): number | undefined {
		return this.#bytes;
	}

	set bytes(bytes: number | undefined) {
		this.#bytes = bytes;
		this.#storage.write(STORAGE_KEY, String(bytes ?? ''));
	}
}
