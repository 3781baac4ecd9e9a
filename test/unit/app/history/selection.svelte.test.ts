import { beforeEach, describe, expect, it } from 'vitest';
import { Selection } from '../../../../src/app/history/selection.svelte.ts';

const IDS = [9, 8, 7, 6, 5];
const PLAIN = { ctrlKey: false, metaKey: false, shiftKey: false };
const CTRL = { ...PLAIN, ctrlKey: true };
const SHIFT = { ...PLAIN, shiftKey: true };

describe('Selection', () => {
	let selection: Selection;
	beforeEach(() => {
		selection = new Selection();
	});

	it('a plain click opens, and chooses nothing', () => {
		expect(selection.click(8, IDS, PLAIN)).toBe(false);
		expect(selection.active).toBe(false);
	});

	it('Ctrl chooses one by one, and lets go again', () => {
		expect(selection.click(8, IDS, CTRL)).toBe(true);
		selection.click(6, IDS, CTRL);
		expect([...selection.chosen]).toEqual([8, 6]);
		selection.click(8, IDS, CTRL);
		expect([...selection.chosen]).toEqual([6]);
		expect(selection.click(6, IDS, CTRL), 'the last one is let go, not opened').toBe(true);
		expect(selection.active).toBe(false);
	});

	it('Shift goes on from the picture that was opened', () => {
		selection.click(8, IDS, PLAIN);
		expect(selection.click(6, IDS, SHIFT)).toBe(true);
		expect([...selection.chosen]).toEqual([8, 7, 6]);
		selection.click(9, IDS, SHIFT);
		expect([...selection.chosen].sort()).toEqual([6, 7, 8, 9]);
	});

	it('while something is chosen a tap chooses more', () => {
		selection.toggle(8);
		expect(selection.click(5, IDS, PLAIN)).toBe(true);
		expect([...selection.chosen]).toEqual([8, 5]);
	});

	it('begins a range where the first one is gone', () => {
		selection.toggle(1);
		selection.extend(8, IDS);
		expect(selection.chosen.has(8)).toBe(true);
	});

	it('forgets what is no longer there', () => {
		selection.all(IDS);
		selection.keep([9, 5]);
		expect([...selection.chosen]).toEqual([9, 5]);
		selection.clear();
		expect(selection.active).toBe(false);
	});
});
