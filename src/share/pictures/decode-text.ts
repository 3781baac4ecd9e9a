/** Latin-1 by the standards, but many programs write UTF-8; text that reads as both is hardly ever Latin-1. */
export function lenientText(bytes: Uint8Array): string {
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		return latin1(bytes);
	}
}

/** Not `TextDecoder('latin1')`: that is Windows-1252. */
export function latin1(bytes: Uint8Array): string {
	let text = '';
	for (const byte of bytes) text += String.fromCharCode(byte);
	return text;
}

/**
 * UTF-16 of unknown byte order: programs write either, whatever the order of the file around it. Of the two
 * readings the one with more ASCII is right: settings are `Steps: 9, …` in every language.
 *
 * @param expected the order to take where that does not tell
 */
export function utf16(bytes: Uint8Array, expected: 'le' | 'be'): string {
	const big = read16(bytes, false);
	const little = read16(bytes, true);
	if (big.startsWith('\uFEFF')) return big.slice(1);
	if (little.startsWith('\uFEFF')) return little.slice(1);
	const difference = countAscii(little) - countAscii(big);
	if (difference === 0) return expected === 'le' ? little : big;
	return difference > 0 ? little : big;
}

function read16(bytes: Uint8Array, littleEndian: boolean): string {
	const even = bytes.subarray(0, bytes.byteLength - (bytes.byteLength % 2));
	// Node has no decoder for big-endian in every build; swapping is as short.
	const swapped = littleEndian ? even : swapPairs(even);
	return new TextDecoder('utf-16le', { ignoreBOM: true }).decode(swapped);
}

function swapPairs(bytes: Uint8Array): Uint8Array {
	const swapped = new Uint8Array(bytes.byteLength);
	for (let at = 0; at < bytes.byteLength; at += 2) {
		swapped[at] = bytes[at + 1];
		swapped[at + 1] = bytes[at];
	}
	return swapped;
}

function countAscii(text: string): number {
	let count = 0;
	for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) < 0x80) count += 1;
	return count;
}
