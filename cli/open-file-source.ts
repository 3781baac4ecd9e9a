import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ByteSource } from '../src/install/byte-source.ts';

/** A file on disk; stays open until the process ends. */
export async function openFileSource(path: string): Promise<ByteSource> {
	const file = await open(path);
	const { size } = await file.stat();
	return {
		name: basename(path),
		byteLength: size,
		async read(byteOffset, byteLength) {
			const bytes = new Uint8Array(byteLength);
			let filled = 0;
			while (filled < byteLength) {
				const { bytesRead } = await file.read(
					bytes,
					filled,
					byteLength - filled,
					byteOffset + filled,
				);
				if (bytesRead === 0) throw new RangeError(`${path} ends at byte ${byteOffset + filled}`);
				filled += bytesRead;
			}
			return bytes;
		},
	};
}
