import { lenientText, utf16 } from './decode-text.ts';
import { MAX_TEXTS, type PictureText } from './picture-text.ts';

/** Directories are few and short in real files. Hostile ones point at themselves. */
const MAX_DIRECTORIES = 8;
const MAX_ENTRIES = 256;
const ENTRY_BYTES = 12;

const EXIF_DIRECTORY = 0x8769;
const USER_COMMENT = 0x9286;
/** Fields that programs keep recipes in, and whatever else is text. */
const NAMES: ReadonlyMap<number, string> = new Map([
	[0x010e, 'ImageDescription'],
	[0x010f, 'Make'],
	[0x0110, 'Model'],
	[0x0131, 'Software'],
	[0x927c, 'MakerNote'],
	[USER_COMMENT, 'UserComment'],
	[0x9c9c, 'XPComment'],
]);
const XP_COMMENT = 0x9c9c;

/** Bytes of one value of a type that may hold text: byte, ASCII, undefined. */
const TEXT_TYPES: ReadonlySet<number> = new Set([1, 2, 7]);

/**
 * The texts of an Exif block, in the order in which they stand. Damaged parts are passed over.
 *
 * @param block from the TIFF header (`II*` or `MM*`) on; `Exif\0\0` may stand before it
 * Source: CIPA DC-008 (Exif 2.32), sections 4.6 and 4.6.5
 */
export function exifTexts(block: Uint8Array<ArrayBuffer>): readonly PictureText[] {
	const bytes = startsWith(block, 'Exif\0\0') ? block.subarray(6) : block;
	const littleEndian = startsWith(bytes, 'II');
	if (bytes.byteLength < 8 || !(littleEndian || startsWith(bytes, 'MM'))) return [];
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const texts: PictureText[] = [];
	const directories = [view.getUint32(4, littleEndian)];
	for (let index = 0; index < directories.length && index < MAX_DIRECTORIES; index++) {
		const at = directories[index];
		if (at + 2 > bytes.byteLength) continue;
		const count = Math.min(view.getUint16(at, littleEndian), MAX_ENTRIES);
		for (let entry = at + 2; entry < at + 2 + count * ENTRY_BYTES; entry += ENTRY_BYTES) {
			if (entry + ENTRY_BYTES > bytes.byteLength || texts.length >= MAX_TEXTS) break;
			const tag = view.getUint16(entry, littleEndian);
			if (tag === EXIF_DIRECTORY) directories.push(view.getUint32(entry + 8, littleEndian));
			if (!TEXT_TYPES.has(view.getUint16(entry + 2, littleEndian))) continue;
			const byteLength = view.getUint32(entry + 4, littleEndian);
			const start = byteLength <= 4 ? entry + 8 : view.getUint32(entry + 8, littleEndian);
			// A cut file still has the beginning.
			const value = bytes.subarray(Math.min(start, bytes.byteLength), start + byteLength);
			const key = NAMES.get(tag);
			if (key === undefined || value.byteLength < 2) continue;
			texts.push({ key, text: decode(tag, value, littleEndian ? 'le' : 'be') });
		}
	}
	return texts;
}

function decode(tag: number, value: Uint8Array, order: 'le' | 'be'): string {
	if (tag === XP_COMMENT) return trim(utf16(value, 'le'));
	if (tag !== USER_COMMENT) return trim(lenientText(value));
	if (startsWith(value, 'UNICODE\0')) {
		const text = value.subarray(8);
		// Some write UTF-8 behind it all the same: it has no zero bytes.
		return trim(text.includes(0) || !isUtf8(text) ? utf16(text, order) : lenientText(text));
	}
	// A writer that took the field for ASCII has no character code before the text.
	const coded = ['ASCII\0\0\0', 'JIS\0\0\0\0\0', '\0\0\0\0\0\0\0\0'].some((code) =>
		startsWith(value, code),
	);
	const text = coded ? value.subarray(8) : value;
	return trim(looksLikeUtf16(text) ? utf16(text, order) : lenientText(text));
}

/** Half of its bytes are zero, or it begins with a mark. */
function looksLikeUtf16(bytes: Uint8Array): boolean {
	const first = bytes.subarray(0, 64);
	if ((first[0] === 0xff && first[1] === 0xfe) || (first[0] === 0xfe && first[1] === 0xff)) {
		return true;
	}
	const zeros = [0, 0];
	for (const [at, byte] of first.entries()) if (byte === 0) zeros[at % 2] += 1;
	// Zeros at the end are padding, and fall on both sides.
	return Math.abs(zeros[0] - zeros[1]) > first.byteLength / 8;
}

function isUtf8(bytes: Uint8Array): boolean {
	try {
		new TextDecoder('utf-8', { fatal: true }).decode(bytes);
		return true;
	} catch {
		return false;
	}
}

function trim(text: string): string {
	return text.replace(/^\uFEFF/, '').replace(/\0[^]*$/, '');
}

function startsWith(bytes: Uint8Array, start: string): boolean {
	return [...start].every((letter, at) => bytes[at] === letter.charCodeAt(0));
}
