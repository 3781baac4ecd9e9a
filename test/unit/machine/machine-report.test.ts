import { expect, it } from 'vitest';
import { readReport, renderReport, valueIn } from '../../../src/machine/machine-report.ts';

const SECTIONS = [
	{ title: 'Page', lines: [['version', '0.1.0'] as const, ['processors', 8] as const] },
	{
		title: 'What is known',
		lines: [
			['lost', '2026-01-01T00:00:00Z hang: DXGI_ERROR_DEVICE_HUNG'] as const,
			['lost', '2026-01-02T00:00:00Z hang: removed: again'] as const,
		],
	},
];

it('is read as it was written, with lines of the same name', () => {
	const text = renderReport(SECTIONS);
	const read = readReport(text);
	expect(read.map(({ title }) => title)).toEqual(['Page', 'What is known']);
	expect(valueIn(read, 'Page', 'processors')).toBe('8');
	expect(read[1]?.lines).toEqual(SECTIONS[1]?.lines);
	expect(valueIn(read, 'Page', 'unknown')).toBeUndefined();
});

it('keeps each value on one line, and the whole below 20 kB', () => {
	const long = 'x\n'.repeat(5000);
	const lines = Array.from({ length: 100 }, (_, i) => [`fault ${i}`, long] as const);
	const text = renderReport([{ title: 'Faults', lines }]);
	expect(text.length).toBeLessThanOrEqual(20_000);
	expect(text.split('\n').every((line) => line.length < 700)).toBe(true);
});
