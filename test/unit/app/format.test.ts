import { expect, test } from 'vitest';
import { Formats } from '../../../src/app/format.ts';

const formats = new Formats('en');

test.each([
	[0, '0 bytes'],
	[999, '999 bytes'],
	[25_600, '26 kB'],
	[25_600_000, '25.6 MB'],
	[412_000_000, '412 MB'],
	[20_540_000_000, '20.5 GB'],
])('%d bytes', (bytes, text) => {
	expect(formats.bytes(bytes)).toBe(text);
});

test.each([
	[420, '0.4s'],
	[12_600, '13s'],
	[125_000, '2m 5s'],
])('%d ms measured', (milliseconds, text) => {
	expect(formats.duration(milliseconds)).toBe(text);
});

test.each([
	[0, '1s'],
	[1200, '2s'],
	[59_000, '59s'],
	[61_000, '1m'],
	[200_000, '3m'],
])('%d ms guessed', (milliseconds, text) => {
	expect(formats.roughDuration(milliseconds)).toBe(text);
});

test('a percentage reaches 100 only at the end', () => {
	expect(formats.percent(0.999)).toBe('99%');
	expect(formats.percent(1)).toBe('100%');
});
