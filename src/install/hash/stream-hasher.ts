import { createSHA256 } from 'hash-wasm';

/** SHA-256 of bytes that come piece by piece. */
export interface StreamHasher {
	/** Takes the next bytes; they belong to the hasher from then on. Resolves when it has room for more. */
	update(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
	/** What `resume` goes on from, of all bytes so far; undefined if this hasher cannot say. */
	save(): Promise<Uint8Array | undefined>;
	/** Lower-case hexadecimal, of all bytes so far. Ends the hasher. */
	digest(): Promise<string>;
	/** Ends the hasher without a result. */
	dispose(): void;
}

/** Starts a hasher, or goes on from a saved state. */
export type StartHasher = (state?: Uint8Array) => Promise<StreamHasher>;

/** A hasher in this thread. */
export const startHasher: StartHasher = async (state) => {
	const hasher = await createSHA256();
	if (state === undefined) hasher.init();
	else hasher.load(state);
	return {
		update: async (bytes) => void hasher.update(bytes),
		save: async () => hasher.save(),
		digest: async () => hasher.digest('hex'),
		dispose: () => undefined,
	};
};
