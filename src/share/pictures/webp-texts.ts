import type { ByteWindow } from './byte-window.ts';
import { lenientText } from './decode-text.ts';
import { exifTexts } from './exif-texts.ts';
import { MAX_TEXT_BYTES, MAX_TEXTS, type PictureText } from './picture-text.ts';
import { xmpTexts } from './xmp-texts.ts';

/** `RIFF`, length, `WEBP`. */
const HEAD_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
/** An animation has one for each of its frames. */
const MAX_CHUNKS = 10_000;

/**
 * The texts of a WebP: its Exif and XMP chunks, which stand behind the pixels. Damaged parts end the search.
 *
 * Source: https://developers.google.com/speed/webp/docs/riff_container
 */
export async function webpTexts(file: ByteWindow): Promise<readonly PictureText[]> {
	const texts: PictureText[] = [];
	let at = HEAD_BYTES;
	for (let count = 0; count < MAX_CHUNKS && texts.length < MAX_TEXTS; count++) {
		const head = await file.read(at, CHUNK_HEAD_BYTES);
		if (head.byteLength < CHUNK_HEAD_BYTES) break;
		const type = String.fromCharCode(...head.subarray(0, 4));
		const byteLength = new DataView(head.buffer, head.byteOffset).getUint32(4, true);
		if ((type === 'EXIF' || type === 'XMP ') && byteLength <= MAX_TEXT_BYTES) {
			const data = await file.read(at + CHUNK_HEAD_BYTES, byteLength);
			texts.push(...(type === 'EXIF' ? exifTexts(data) : xmpTexts(lenientText(data))));
		}
		at += CHUNK_HEAD_BYTES + byteLength + (byteLength % 2);
	}
	return texts;
}
