import { PngError } from '../errors.ts';
import type { ByteWindow } from './byte-window.ts';
import { exifTexts } from './exif-texts.ts';
import { MAX_TEXT_BYTES, MAX_TEXTS, type PictureText } from './picture-text.ts';
import { FRAME_BYTES, type PngChunk, PNG_SIGNATURE } from './png-chunks.ts';
import { readText, textKeyword } from './png-text.ts';
import { xmpTexts } from './xmp-texts.ts';

const HELD = new Set(['tEXt', 'zTXt', 'iTXt', 'eXIf']);
const XMP_KEYWORD = 'XML:com.adobe.xmp';
/** A picture of 100 megapixels that was saved in pieces of 8 KB has half as many. */
const MAX_CHUNKS = 100_000;

/**
 * The texts of a PNG, Exif and XMP among them. The pixels are not read.
 *
 * @throws PngError only where there is no text before the damage
 */
export async function pngTexts(file: ByteWindow): Promise<readonly PictureText[]> {
	const texts: PictureText[] = [];
	let damage: PngError | undefined;
	const note = (error: unknown): void => {
		if (!(error instanceof PngError)) throw error;
		damage ??= error;
	};
	try {
		for await (const chunk of textChunks(file)) {
			try {
				texts.push(...(await textsOf(chunk)));
			} catch (error) {
				note(error);
			}
			if (texts.length >= MAX_TEXTS) break;
		}
	} catch (error) {
		note(error);
	}
	if (texts.length === 0 && damage !== undefined) throw damage;
	return texts;
}

async function textsOf(chunk: PngChunk): Promise<readonly PictureText[]> {
	if (chunk.type === 'eXIf') return exifTexts(chunk.data);
	const key = textKeyword(chunk);
	if (key === undefined) return [];
	const text = await readText(chunk);
	return key === XMP_KEYWORD ? xmpTexts(text) : [{ key, text }];
}

async function* textChunks(file: ByteWindow): AsyncGenerator<PngChunk> {
	let start = PNG_SIGNATURE.byteLength;
	for (let count = 0; count < MAX_CHUNKS; count++) {
		const head = await file.read(start, 8);
		if (head.byteLength < 8) throw new PngError('its end is missing');
		const byteLength = new DataView(head.buffer, head.byteOffset).getUint32(0);
		const type = String.fromCharCode(...head.subarray(4));
		if (!/^[A-Za-z]{4}$/.test(type)) throw new PngError('a part has no valid name');
		if (count === 0 && type !== 'IHDR') throw new PngError('it has no header');
		if (type === 'IEND') return;
		const end = start + FRAME_BYTES + byteLength;
		if (end > file.byteLength) throw new PngError('its end is missing');
		if (HELD.has(type) && byteLength <= MAX_TEXT_BYTES) {
			const bytes = await file.read(start, end - start);
			yield { type, data: bytes.subarray(8, -4), bytes };
		}
		start = end;
	}
}
