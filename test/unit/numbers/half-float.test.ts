import { describe, expect, it } from 'vitest';
import { f16ToF32 } from '../../../src/numbers/half-float.ts';

/** The value of an FP16 pattern, written from the definition. */
function f16Value(bits: number): number {
	const sign = bits < 0x8000 ? 1 : -1;
	const exponent = Math.floor(bits / 1024) % 32;
	const fraction = (bits % 1024) / 1024;
	if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
	return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
}

describe('f16ToF32', () => {
	it('is exact for every pattern', () => {
		const patterns = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
		const values = f16ToF32(patterns);
		const wrong = patterns.filter((bits) => !Object.is(values[bits], f16Value(bits)));
		expect([...wrong]).toEqual([]);
	});
});
