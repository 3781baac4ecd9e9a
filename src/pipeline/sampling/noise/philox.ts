const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const KEY_STEP_0 = 0x9e3779b9;
const KEY_STEP_1 = 0xbb67ae85;

/** Four 32-bit words. */
export type Words = readonly [number, number, number, number];

/**
 * Philox4x32-10: four random words of a counter and a key.
 *
 * @param seed the key, of 64 bits
 * Source: Salmon et al. 2011; docs/spec/samplers.md, section 6.4
 */
export function philox(counter: Words, seed: bigint): Words {
	let [c0, c1, c2, c3] = counter;
	let k0 = Number(BigInt.asUintN(32, seed));
	let k1 = Number(BigInt.asUintN(32, seed >> 32n));
	for (let round = 0; round < ROUNDS; round++) {
		const high0 = multiplyHigh(MULTIPLIER_0, c0);
		const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
		const high1 = multiplyHigh(MULTIPLIER_1, c2);
		const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
		[c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
		k0 = (k0 + KEY_STEP_0) >>> 0;
		k1 = (k1 + KEY_STEP_1) >>> 0;
	}
	return [c0, c1, c2, c3];
}

/** The upper 32 bits of the product of two 32-bit words. */
function multiplyHigh(a: number, b: number): number {
	const aLow = a & 0xffff;
	const aHigh = a >>> 16;
	const bLow = b & 0xffff;
	const bHigh = b >>> 16;
	const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
	const other = aLow * bHigh + (middle & 0xffff);
	return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000)) >>> 0;
}
