/**
 * What is left of a `Range` header once everything is taken from it that a server may or must ignore (RFC 9110, 14.2):
 * other units, several ranges, and what is no range at all, such as an end before the start.
 *
 * @param size of the file, in bytes
 * @returns one range in canonical form, or undefined where the whole file is the answer. A range that begins past the
 * end of the file is kept: its answer is 416.
 */
export function singleByteRange(header: string | undefined, size: number): string | undefined {
	const [, first, last] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '') ?? [];
	if (first === undefined || last === undefined) return undefined;
	if (first === '') {
		if (last === '') return undefined;
		if (BigInt(last) < BigInt(size)) return `bytes=-${last}`;
		// A suffix that is longer is the whole file, still as a range; of an empty file there is none.
		return size === 0 ? undefined : asBytes(0, size - 1);
	}
	// As BigInt: beyond 2^53, numbers would call an end equal to a start that is one more.
	if (last !== '' && BigInt(last) < BigInt(first)) return undefined;
	if (BigInt(first) >= BigInt(size)) return asBytes(size, size);
	if (last === '' || BigInt(last) >= BigInt(size)) return asBytes(Number(first), size - 1);
	return asBytes(Number(first), Number(last));
}

function asBytes(first: number, last: number): string {
	return `bytes=${first}-${last}`;
}
