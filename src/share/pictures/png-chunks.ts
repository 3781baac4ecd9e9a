import { createCRC32 } from 'hash-wasm';
import { PngError } from '../errors.ts';

/** Own code: `png-chunks-extract` allocates whatever length a file claims, up to 4 GB. */
export interface PngChunk {
	/** Four letters, for example `IHDR` */
	readonly type: string;
	readonly data: Uint8Array<ArrayBuffer>;
	/** The whole chunk: length, type, data, checksum */
	readonly bytes: Uint8Array<ArrayBuffer>;
}

export const PNG_SIGNATURE: Uint8Array<ArrayBuffer> = Uint8Array.of(
	...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
);
/** Length, type and checksum around a chunk's data. */
export const FRAME_BYTES = 12;

/**
 * Divides a PNG into its chunks, from IHDR to IEND. The chunks are views: nothing is copied. Checksums
 * are left to `checkCrc`.
 *
 * @throws PngError
 */
export function readPngChunks(png: Uint8Array<ArrayBuffer>): readonly PngChunk[] {
	if (!PNG_SIGNATURE.every((byte, i) => png[i] === byte))
		throw new PngError('it is another format');
	const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
	const chunks: PngChunk[] = [];
	let start = PNG_SIGNATURE.byteLength;
	while (chunks.at(-1)?.type !== 'IEND') {
		if (start + FRAME_BYTES > png.byteLength) throw new PngError('its end is missing');
		const end = start + FRAME_BYTES + view.getUint32(start);
		if (end > png.byteLength) throw new PngError('its end is missing');
		const type = String.fromCharCode(...png.subarray(start + 4, start + 8));
		if (!/^[A-Za-z]{4}$/.test(type)) throw new PngError('a part has no valid name');
		if (chunks.length === 0 && type !== 'IHDR') throw new PngError('it has no header');
		const data = png.subarray(start + 8, end - 4);
		chunks.push({ type, data, bytes: png.subarray(start, end) });
		start = end;
	}
	return chunks;
}

export async function makePngChunk(type: string, data: Uint8Array<ArrayBuffer>): Promise<PngChunk> {
	const bytes = new Uint8Array(FRAME_BYTES + data.byteLength);
	const view = new DataView(bytes.buffer);
	view.setUint32(0, data.byteLength);
	for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
	bytes.set(data, 8);
	view.setUint32(bytes.byteLength - 4, await crc(bytes));
	return { type, data, bytes };
}

/** @throws PngError */
export async function checkCrc({ type, bytes }: PngChunk): Promise<void> {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (view.getUint32(bytes.byteLength - 4) !== (await crc(bytes))) {
		throw new PngError(`its part ${type} is damaged`);
	}
}

/** Of a chunk's type and data. */
async function crc(chunk: Uint8Array): Promise<number> {
	const hasher = await createCRC32();
	return parseInt(hasher.update(chunk.subarray(4, -4)).digest('hex'), 16);
}
