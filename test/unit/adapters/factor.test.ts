import { expect, test } from 'vitest';
import { decodeFactor, readFactor } from '../../../src/adapters/factor.ts';
import type { Adapter, AdapterInUse } from '../../../src/adapters/adapter.ts';

test('each type of factor decodes exactly, at any offset of a buffer', () => {
	const bytes = (...values: number[]) => new Uint8Array([0, ...values]).subarray(1);
	expect([...decodeFactor(bytes(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0), 'F32')]).toEqual([1, -2]);
	expect([...decodeFactor(bytes(0, 0x3c, 1, 0), 'F16')]).toEqual([1, 2 ** -24]);
	expect([...decodeFactor(bytes(0x80, 0x3f, 0, 0xc0), 'BF16')]).toEqual([1, -2]);
	expect([...decodeFactor(bytes(0x3c, 0xc0, 1), 'F8_E5M2')]).toEqual([1, -2, 2 ** -16]);
});

test('all 256 values of F8_E4M3 are the ones of its definition', () => {
	const values = decodeFactor(
		Uint8Array.from({ length: 256 }, (_, byte) => byte),
		'F8_E4M3',
	);
	const defined = Array.from({ length: 256 }, (_, byte) => {
		const sign = byte < 128 ? 1 : -1;
		const [exponent, mantissa] = [(byte >> 3) & 15, byte & 7];
		if (exponent === 15 && mantissa === 7) return NaN;
		const magnitude = exponent === 0 ? mantissa / 8 : 1 + mantissa / 8;
		return sign * magnitude * 2 ** (Math.max(exponent, 1) - 7);
	});
	expect([...values]).toEqual(defined);
});

test('a factor is read from its place in the file, when it is asked for', async () => {
	const file = new Uint8Array([9, 9, 0, 0x3c, 0, 0xc0]);
	const reader: AdapterInUse['reader'] = {
		read: async (byteOffset, into) => into.set(file.subarray(byteOffset, byteOffset + into.length)),
	};
	const factor = {
		...({ name: 'x', type: 'F16', shape: [1, 2], byteOffset: 2, byteLength: 4 } as const),
	};
	const change: Adapter['modules'][number]['change'] = { kind: 'difference', values: factor };
	expect([...(await readFactor(reader, change.values))]).toEqual([1, -2]);
});
