import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Formats } from '../../../../src/app/format.ts';
import { english } from '../../../../src/app/i18n/english.ts';
import { Toasts } from '../../../../src/app/ui/toasts.svelte.ts';

const MESSAGES = english(new Formats('en'));

let toasts: Toasts;

beforeEach(() => {
	vi.useFakeTimers();
	toasts = new Toasts();
});

afterEach(() => void vi.useRealTimers());

function said(): readonly string[] {
	return toasts.all.map(({ say }) => say(MESSAGES));
}

test('the newest is last, and a toast takes the place of the one with its key', () => {
	toasts.info(() => 'first', { key: 'file' });
	toasts.info(() => 'other');
	toasts.error({ say: () => 'second' }, undefined, { key: 'file' });
	expect(said()).toEqual(['other', 'second']);
	toasts.clear('file');
	expect(said()).toEqual(['other']);
});

test('of an error the page says what failed, and why to those who look closer', () => {
	toasts.error({ say: () => 'the disk is full' }, () => 'Not saved.');
	expect(said()).toEqual(['Not saved.']);
	expect(toasts.all[0]?.details?.(MESSAGES)).toBe('the disk is full');
});

test('what has a time goes by itself, but not while somebody points at it', () => {
	toasts.info(() => 'stays');
	toasts.info(() => 'goes', { milliseconds: 5000 });
	toasts.hold(true);
	vi.advanceTimersByTime(60_000);
	expect(said()).toEqual(['stays', 'goes']);
	toasts.hold(false);
	vi.advanceTimersByTime(4999);
	expect(said()).toEqual(['stays', 'goes']);
	vi.advanceTimersByTime(1);
	expect(said()).toEqual(['stays']);
});
