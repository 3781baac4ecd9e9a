import { BlobReader } from '../../../src/store/blob-reader.ts';

const READS = 400;

/** Reads a Blob over and over while garbage piles up, and tells each time that it got the bytes. */
async function readUnderPressure(): Promise<void> {
	const bytes = new Uint8Array(700_000).map((_, i) => i % 251);
	const reader = new BlobReader(new Blob([bytes]), 'model', 'shard');
	for (let read = 1; read <= READS; read++) {
		const into = new Uint8Array(bytes.byteLength - read);
		await reader.read(read, into);
		const garbage = Array.from({ length: 2000 }, (_, i) => new Uint8Array(1000 + i));
		const intact = into.every((value, i) => value === bytes[i + read]);
		postMessage({ read, intact, finished: read === READS, garbage: garbage.length });
	}
}

void readUnderPressure();
