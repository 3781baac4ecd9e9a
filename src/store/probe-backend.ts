import type { InstallStore } from './shard-store.ts';
import type { BackendSpeed, StoreBackend } from './store-backend.ts';

/** Large enough to tell backends apart, small enough to take a fraction of a second. */
const PROBE_BYTES = 32 * 2 ** 20;
/** As much as the streaming of shards asks for at a time. */
const PIECE_BYTES = 8 * 2 ** 20;
const PROBE_MODEL = '.probe';

/**
 * Writes a shard's worth of bytes in pieces, reads it back twice and takes the faster time: the disk's
 * cache is warm then, so what is measured is the way from the browser's storage to our memory.
 *
 * @throws StorageFullError
 */
export async function probeBackend(
	store: InstallStore,
	backend: StoreBackend,
): Promise<BackendSpeed> {
	const object = { name: 'probe', byteLength: PROBE_BYTES };
	const piece = new Uint8Array(PIECE_BYTES).fill(0x5a);
	try {
		const writeStart = performance.now();
		const writer = await store.openWriter(PROBE_MODEL, object);
		for (let offset = 0; offset < PROBE_BYTES; offset += PIECE_BYTES) {
			await writer.write(offset, piece);
		}
		await writer.commit();
		const writeSeconds = (performance.now() - writeStart) / 1000;
		const first = await readSeconds(store, object, piece);
		const second = await readSeconds(store, object, piece);
		return {
			backend,
			readBytesPerSecond: PROBE_BYTES / Math.min(first, second),
			writeBytesPerSecond: PROBE_BYTES / writeSeconds,
		};
	} finally {
		await store.deleteObjects(PROBE_MODEL);
	}
}

async function readSeconds(
	store: InstallStore,
	object: { readonly name: string; readonly byteLength: number },
	piece: Uint8Array<ArrayBuffer>,
): Promise<number> {
	const start = performance.now();
	const reader = await store.open(PROBE_MODEL, object);
	try {
		for (let offset = 0; offset < PROBE_BYTES; offset += PIECE_BYTES) {
			await reader.read(offset, piece);
		}
	} finally {
		reader.close();
	}
	return (performance.now() - start) / 1000;
}
