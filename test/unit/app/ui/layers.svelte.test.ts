import { expect, test } from 'vitest';
import { Layers } from '../../../../src/app/ui/layers.svelte.ts';

const ESCAPE = { key: 'Escape' };
const ENTER = { key: 'Enter' };

test('the page hears every key while nothing lies over it', () => {
	const layers = new Layers();
	expect(layers.pageHears(ESCAPE)).toBe(true);
	expect(layers.pageHears(ENTER)).toBe(true);
});

test('below a dialog the page hears nothing, and hears again once that is closed', () => {
	const layers = new Layers();
	const close = layers.add({ modal: true });
	expect(layers.pageHears(ENTER)).toBe(false);
	expect(layers.pageHears(ESCAPE)).toBe(false);
	close();
	expect(layers.pageHears(ENTER)).toBe(true);
});

test('beside a drawer the page goes on, but Escape belongs to what is on top', () => {
	const layers = new Layers();
	const drawer = { modal: false };
	layers.add(drawer);
	expect(layers.pageHears(ENTER)).toBe(true);
	expect(layers.pageHears(ESCAPE)).toBe(false);
	expect(layers.isTop(drawer)).toBe(true);
	const close = layers.add({ modal: true });
	expect(layers.isTop(drawer)).toBe(false);
	expect(layers.pageHears(ENTER)).toBe(false);
	close();
	expect(layers.isTop(drawer)).toBe(true);
});
