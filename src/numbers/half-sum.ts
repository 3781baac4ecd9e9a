/**
 * Sum of 16-bit little endian values modulo 2^32. It does not depend on their order, so the sum of a whole
 * is the sum of its parts: enough to notice bytes that a disk lost. It is no protection against intent.
 */
export function halfSum(bytes: Uint8Array): number {
	if (bytes.byteLength % 2 !== 0 || bytes.byteOffset % 2 !== 0) {
		throw new RangeError('A sum of 16-bit values needs whole values at even offsets');
	}
	if (bytes.byteOffset % 4 !== 0 || bytes.byteLength % 4 !== 0) {
		const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
		let sum = 0;
		for (let i = 0; i < halves.length; i++) sum = (sum + halves[i]) | 0;
		return sum >>> 0;
	}
	const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
	let lower = 0;
	let upper = 0;
	for (let i = 0; i < words.length; i++) {
		const word = words[i];
		lower = (lower + (word & 0xffff)) | 0;
		upper = (upper + (word >>> 16)) | 0;
	}
	return (lower + upper) >>> 0;
}
