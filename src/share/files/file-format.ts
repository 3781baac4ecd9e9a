/** What a file is, told by its first bytes: names and types lie. */
export type FileFormat =
	| 'png'
	| 'jpeg'
	| 'webp'
	/** Begins as JSON does. */
	| 'json'
	| 'text'
	| 'safetensors'
	| 'gguf'
	| 'pytorch'
	/** GIF, AVIF, HEIC, BMP, TIFF, JPEG XL. */
	| 'other-picture'
	| 'video'
	/** A zip or another archive. */
	| 'archive'
	| 'pdf'
	| 'empty'
	| 'unknown';

/** As many as `fileFormat` looks at. */
export const FORMAT_BYTES = 4096;

const MAGICS: readonly (readonly [format: FileFormat, at: number, magic: string])[] = [
	['png', 0, '\x89PNG\r\n\x1a\n'],
	['jpeg', 0, '\xff\xd8\xff'],
	['webp', 8, 'WEBP'],
	['gguf', 0, 'GGUF'],
	['other-picture', 0, 'GIF8'],
	['other-picture', 0, 'BM'],
	['other-picture', 0, 'II*\0'],
	['other-picture', 0, 'MM\0*'],
	['other-picture', 0, '\xff\x0a'],
	['other-picture', 0, '\0\0\0\x0cJXL '],
	['other-picture', 4, 'ftypavif'],
	['other-picture', 4, 'ftypheic'],
	['other-picture', 4, 'ftypheix'],
	['other-picture', 4, 'ftypmif1'],
	['video', 4, 'ftyp'],
	['video', 0, '\x1a\x45\xdf\xa3'],
	['video', 8, 'AVI '],
	['pytorch', 0, '\x80\x02'],
	['archive', 0, 'PK\x03\x04'],
	['archive', 0, 'PK\x05\x06'],
	['archive', 0, '\x1f\x8b'],
	['archive', 0, "7z\xbc\xaf'\x1c"],
	['archive', 0, 'Rar!'],
	['pdf', 0, '%PDF-'],
];

/** @param start the file's first bytes */
export function fileFormat(start: Uint8Array, fileBytes: number): FileFormat {
	if (fileBytes === 0) return 'empty';
	const bytes = start.subarray(0, FORMAT_BYTES);
	const isAt = (at: number, magic: string): boolean =>
		[...magic].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
	const found = MAGICS.find(([, at, magic]) => isAt(at, magic));
	// "BM" begins words, too.
	if (found !== undefined && !(found[2] === 'BM' && textOf(bytes) !== undefined)) {
		// PyTorch writes zips with a folder inside.
		const isPyTorch = found[0] === 'archive' && latin(bytes).includes('/data.pkl');
		return isPyTorch ? 'pytorch' : found[0];
	}
	if (isSafetensors(bytes, fileBytes)) return 'safetensors';
	const text = textOf(bytes);
	if (text === undefined) return 'unknown';
	return /^\s*[{[]/.test(text) ? 'json' : 'text';
}

/** A length, and a JSON object. */
function isSafetensors(bytes: Uint8Array, fileBytes: number): boolean {
	if (bytes.byteLength < 9 || bytes[8] !== 0x7b) return false;
	const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
	return view.getUint32(4, true) === 0 && 8 + view.getUint32(0, true) <= fileBytes;
}

/** Undefined for what no text file has in it. */
function textOf(bytes: Uint8Array): string | undefined {
	if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
	// A character may be cut off at the end.
	const text = new TextDecoder('utf-8').decode(bytes, { stream: true });
	const odd = text.match(/[^\P{Cc}\t\n\f\r]|\ufffd/gu)?.length ?? 0;
	return odd * 50 <= text.length ? text : undefined;
}

function latin(bytes: Uint8Array): string {
	return String.fromCharCode(...bytes);
}
