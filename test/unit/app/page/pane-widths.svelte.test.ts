import { expect, test } from 'vitest';
import { PANE_RANGES, PaneWidths } from '../../../../src/app/page/pane-widths.svelte.ts';

function storage(initial?: string): { text: string | undefined; read(): string | undefined } & {
	write(key: string, value: string): void;
} {
	return {
		text: initial,
		read() {
			return this.text;
		},
		write(_key, value) {
			this.text = value;
		},
	};
}

test('widths stay within their range and are remembered', () => {
	const store = storage();
	const widths = new PaneWidths(store);
	expect(widths.of('inputs')).toBe(PANE_RANGES.inputs.default);
	widths.resize('inputs', 400.4);
	widths.resize('history', 1);
	const next = new PaneWidths(store);
	expect(next.of('inputs')).toBe(400);
	expect(next.of('history')).toBe(PANE_RANGES.history.least);
	next.reset('history');
	expect(new PaneWidths(store).of('history')).toBe(PANE_RANGES.history.default);
});

test.each(['', 'wide', '-5 0', 'NaN', '400'])('what cannot be read is ignored: “%s”', (text) => {
	const widths = new PaneWidths(storage(text));
	expect(widths.of('history')).toBe(PANE_RANGES.history.default);
	expect(widths.of('inputs')).toBe(text === '400' ? 400 : PANE_RANGES.inputs.default);
});
