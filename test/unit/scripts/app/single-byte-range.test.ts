import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { singleByteRange } from '../../../../scripts/app/single-byte-range.ts';

const SIZE = 1426;

describe('singleByteRange', () => {
	it.each([
		['bytes=0-0', 'bytes=0-0'],
		['bytes=0-1', 'bytes=0-1'],
		['bytes=1-', 'bytes=1-1425'],
		['bytes=1425-1425', 'bytes=1425-1425'],
		['bytes=0-99999999999999999999', 'bytes=0-1425'],
		['bytes=0-9007199254740993', 'bytes=0-1425'],
		['bytes=-1', 'bytes=-1'],
		['bytes=-99999999999', 'bytes=0-1425'],
		['BYTES=0-0', 'bytes=0-0'],
	])('reads %s as %s of 1,426 bytes', (header, range) => {
		expect(singleByteRange(header, SIZE)).toBe(range);
	});

	it.each(['bytes=1426-', 'bytes=1426-1426', 'bytes=99999999999999999999-', 'bytes=-0'])(
		'keeps %s, which no byte of the file can satisfy',
		(header) => {
			expect(singleByteRange(header, SIZE)).toMatch(/^bytes=(1426-1426|-0)$/);
		},
	);

	it.each([
		...[
			'',
			'bytes',
			'bytes=',
			'bytes=-',
			'bytes=--',
			'bytes=a-b',
			'bytes=0x1-0x9',
			'bytes=1e3-1e9',
		],
		...['bytes=0.5-3.7', 'bytes=-5--1', 'bytes= 1 - 2', 'bytes=ÿ-þ', 'bytes=9-3', 'items=0-5'],
		...['bytes=0-1,5-6', 'bytes=9007199254740993-9007199254740992'],
	])('ignores "%s": not one range of bytes', (header) => {
		expect(singleByteRange(header, SIZE)).toBeUndefined();
	});

	it('ignores a suffix of an empty file, of which there is no part', () => {
		expect(singleByteRange('bytes=-5', 0)).toBeUndefined();
	});

	it('selects the bytes that the specification’s own words select', () => {
		const size = fc.integer({ min: 1, max: 50 });
		const position = fc.oneof(fc.nat(60), fc.bigInt({ min: 0n, max: 2n ** 80n }));
		fc.assert(
			fc.property(size, position, fc.option(position), (size, first, last) => {
				const range = singleByteRange(`bytes=${first}-${last ?? ''}`, size);
				const isRange = last === null || BigInt(last) >= BigInt(first);
				const wanted = Array.from({ length: size }, (_, at) => at).filter(
					(at) => at >= first && (last === null || at <= last),
				);
				if (!isRange) expect(range).toBeUndefined();
				else if (wanted.length === 0) expect(range).toBe(`bytes=${size}-${size}`);
				else expect(range).toBe(`bytes=${wanted[0]}-${wanted.at(-1)}`);
			}),
		);
	});

	it('never throws, and answers nothing but one range within the file, a suffix of it, or its end', () => {
		const header = fc.oneof(
			fc.string(),
			fc.stringMatching(/^bytes=[-0-9, a-fxe.]{0,30}$/),
			fc.stringMatching(/^bytes=\d{0,400}-\d{0,400}$/),
		);
		fc.assert(
			fc.property(header, fc.nat(100), (header, size) => {
				const range = singleByteRange(header, size);
				if (range === undefined) return;
				const [, first, last] = /^bytes=(\d*)-(\d+)$/.exec(range) ?? [];
				if (first === '') expect(Number(last)).toBeLessThan(Math.max(size, 1));
				else if (Number(first) === size) expect(Number(last)).toBe(size);
				else {
					expect(Number(first)).toBeLessThanOrEqual(Number(last));
					expect(Number(last)).toBeLessThan(size);
				}
			}),
		);
	});
});
