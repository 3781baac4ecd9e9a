import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FactorScan } from '../../../src/adapters/factor-scan.ts';
import type { Factor, FactorType } from '../../../src/adapters/factor.ts';
import { decodeFactor } from '../../../src/adapters/factor.ts';
import { hasCode } from '../../../src/errors/app-error.ts';

const VALUE_BYTES: Readonly<Record<FactorType, number>> = {
	...{ F32: 4, F16: 2, BF16: 2, F8_E4M3: 1, F8_E5M2: 1 },
};

/** Bytes that often make a value that is no number, and often zero. */
const byte = fc.oneof(fc.constantFrom(0, 0, 0x7c, 0x7f, 0x80, 0xff), fc.nat(255));

test('finds what decoding finds, however a file is cut into pieces', () => {
	const file = fc.record({
		type: fc.constantFrom<FactorType>('F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2'),
		before: fc.nat(7),
		values: fc.array(byte, { maxLength: 40 }),
		cuts: fc.array(fc.nat(50), { maxLength: 6 }),
	});
	fc.assert(
		fc.property(file, ({ type, before, values, cuts }) => {
			const byteLength = values.length - (values.length % VALUE_BYTES[type]);
			// What lies around a factor is none of its business.
			const bytes = Uint8Array.from([...new Array<number>(before).fill(255), ...values]);
			const own = bytes.slice(before, before + byteLength);
			const factor: Factor = { name: 'x', type, shape: [], byteOffset: before, byteLength };
			const decoded = decodeFactor(own, type);
			const scan = new FactorScan([factor]);
			let found: unknown;
			try {
				const ends = [...cuts, bytes.byteLength].sort((a, b) => a - b);
				let start = 0;
				for (const end of ends) {
					scan.update(bytes.slice(start, end));
					start = Math.max(start, Math.min(end, bytes.byteLength));
				}
			} catch (error) {
				found = error;
			}
			expect(hasCode(found, 'adapter')).toBe(!decoded.every(Number.isFinite));
			if (found === undefined) expect(scan.isZero(factor)).toBe(decoded.every((v) => v === 0));
		}),
		{ numRuns: 2000, seed: 3 },
	);
});

test('several factors of one file are told apart, and one that is used twice is looked at once', () => {
	const at = (name: string, byteOffset: number): Factor => ({
		...({ name, type: 'F8_E5M2', shape: [2], byteLength: 2, byteOffset } as const),
	});
	const [a, b, c] = [at('a', 1), at('b', 3), at('c', 6)];
	const scan = new FactorScan([c, a, b, a]);
	scan.update(new Uint8Array([0xff, 0, 0, 1]));
	scan.update(new Uint8Array([0, 0xff, 0x80, 0, 0xff]));
	expect([a, b, c].map((factor) => scan.isZero(factor))).toEqual([true, false, true]);
});
