import { open, stat } from 'node:fs/promises';
import type { StreamSource } from '../src/install/stream-source.ts';

/** Bytes read at a time. */
const PIECE_BYTES = 2 ** 22;

/** A file on disk, read front to back. */
export async function openFileStream(path: string, name: string): Promise<StreamSource> {
	const { size, mtimeMs } = await stat(path);
	return {
		name,
		byteLength: size,
		identity: `${size} ${mtimeMs}`,
		async *open(byteOffset, signal) {
			const file = await open(path);
			try {
				for (let at = byteOffset; at < size;) {
					signal?.throwIfAborted();
					const piece = new Uint8Array(Math.min(PIECE_BYTES, size - at));
					const { bytesRead } = await file.read(piece, 0, piece.byteLength, at);
					if (bytesRead === 0) return;
					at += bytesRead;
					yield piece.subarray(0, bytesRead);
				}
			} finally {
				await file.close();
			}
		},
	};
}
