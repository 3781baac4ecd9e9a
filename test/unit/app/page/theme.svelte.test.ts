import { expect, test } from 'vitest';
import { Theme } from '../../../../src/app/page/theme.svelte.ts';

test('the theme follows the system until one is chosen, and is remembered', () => {
	const kept = new Map<string, string>();
	const storage = {
		read: (key: string) => kept.get(key),
		write: (key: string, value: string) => void kept.set(key, value),
	};
	const theme = new Theme();
	theme.start(storage);
	expect(theme.choice).toBe('system');
	const seen = [1, 2, 3].map(() => {
		theme.choose(theme.next);
		return theme.choice;
	});
	expect(seen).toEqual(['light', 'dark', 'system']);
	theme.choose('dark');
	const next = new Theme();
	next.start(storage);
	expect(next.choice).toBe('dark');
});
