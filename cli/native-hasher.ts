import { createHash } from 'node:crypto';
import type { StartHasher } from '../src/install/hash/stream-hasher.ts';

/** Node's own SHA-256, several times faster than WebAssembly. It cannot be saved, so a conversion starts anew. */
export const startNativeHasher: StartHasher = async () => {
	const hash = createHash('sha256');
	return {
		update: async (bytes) => void hash.update(bytes),
		save: async () => undefined,
		digest: async () => hash.digest('hex'),
		dispose: () => undefined,
	};
};
