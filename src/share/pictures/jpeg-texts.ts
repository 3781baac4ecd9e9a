import type { ByteWindow } from './byte-window.ts';
import { lenientText } from './decode-text.ts';
import { exifTexts } from './exif-texts.ts';
import { MAX_TEXTS, type PictureText } from './picture-text.ts';
import { xmpTexts } from './xmp-texts.ts';

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const APP1 = 0xe1;
const COMMENT = 0xfe;
const EXIF_HEAD = 'Exif\0\0';
const XMP_HEAD = 'http://ns.adobe.com/xap/1.0/\0';
/** More segments than any camera writes. */
const MAX_SEGMENTS = 1_000;

/**
 * The texts before the pixels of a JPEG: Exif, XMP and comments. Damaged parts end the search.
 *
 * Source: ITU-T T.81, annex B
 */
export async function jpegTexts(file: ByteWindow): Promise<readonly PictureText[]> {
	const texts: PictureText[] = [];
	let at = 2;
	for (let count = 0; count < MAX_SEGMENTS && texts.length < MAX_TEXTS; count++) {
		const [mark, kind, high, low] = await file.read(at, 4);
		if (mark !== 0xff || low === undefined) break;
		// Any number of marks may stand before a segment.
		if (kind === 0xff) {
			at += 1;
			continue;
		}
		if (kind === START_OF_SCAN || kind === END_OF_IMAGE) break;
		const byteLength = high * 256 + low;
		if (byteLength < 2) break;
		const data = await file.read(at + 4, byteLength - 2);
		if (kind === APP1) texts.push(...appTexts(data));
		if (kind === COMMENT) texts.push({ key: 'comment', text: lenientText(data) });
		at += 2 + byteLength;
	}
	return texts;
}

function appTexts(data: Uint8Array<ArrayBuffer>): readonly PictureText[] {
	const head = String.fromCharCode(...data.subarray(0, XMP_HEAD.length));
	if (head.startsWith(EXIF_HEAD)) return exifTexts(data);
	return head === XMP_HEAD ? xmpTexts(lenientText(data.subarray(XMP_HEAD.length))) : [];
}
