import { inflate } from '../deflate.ts';
import { InflateError, PngError } from '../errors.ts';
import { type PngChunk, checkCrc, makePngChunk } from './png-chunks.ts';
import { latin1, lenientText } from './decode-text.ts';
import { MAX_TEXT_BYTES } from './picture-text.ts';

const MAX_KEYWORD_BYTES = 79;

/**
 * Text of any script under a keyword: an iTXt chunk, uncompressed so that simple tools find it too.
 *
 * @param keyword ASCII
 * @param text without NUL
 */
export function makeTextChunk(keyword: string, text: string): Promise<PngChunk> {
	// Keyword, end, not compressed, method 0, no language, no translated keyword, text.
	return makePngChunk('iTXt', new TextEncoder().encode(`${keyword}\0\0\0\0\0${text}`));
}

/** The keyword of a chunk that holds text, or undefined for other chunks. */
export function textKeyword({ type, data }: PngChunk): string | undefined {
	if (type !== 'iTXt' && type !== 'tEXt' && type !== 'zTXt') return undefined;
	const end = data.subarray(0, MAX_KEYWORD_BYTES + 1).indexOf(0);
	return end < 0 ? undefined : latin1(data.subarray(0, end));
}

/**
 * The text of an iTXt, tEXt or zTXt chunk.
 *
 * @throws PngError
 */
export async function readText(chunk: PngChunk): Promise<string> {
	if (chunk.data.byteLength > MAX_TEXT_BYTES) throw new PngError('its text is too long');
	await checkCrc(chunk);
	const rest = afterNul(chunk.data);
	switch (chunk.type) {
		case 'tEXt':
			return lenientText(rest);
		case 'zTXt':
			return lenientText(await inflateText(rest.subarray(1), rest[0]));
		case 'iTXt': {
			const text = afterNul(afterNul(rest.subarray(2)));
			return utf8(rest[0] === 1 ? await inflateText(text, rest[1]) : text);
		}
		default:
			throw new PngError(`its part ${chunk.type} holds no text`);
	}
}

async function inflateText(
	bytes: Uint8Array<ArrayBuffer>,
	method: number | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
	if (method !== 0) throw new PngError('its text is compressed in an unknown way');
	try {
		return await inflate(bytes, 'deflate', MAX_TEXT_BYTES);
	} catch (error) {
		if (error instanceof InflateError) throw new PngError('its compressed text is damaged');
		throw error;
	}
}

function afterNul(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
	const nul = bytes.indexOf(0);
	if (nul < 0) throw new PngError('its text has no end mark');
	return bytes.subarray(nul + 1);
}

function utf8(bytes: Uint8Array): string {
	return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
