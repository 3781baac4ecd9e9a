import { beforeEach, expect, test } from 'vitest';
import { AdapterLibrary } from '../../../../src/app/adapters/adapter-library.svelte.ts';
import { AdapterRows } from '../../../../src/app/adapters/adapter-rows.svelte.ts';
import type { RecipeOptions } from '../../../../src/recipe/recipe-settings.ts';
import { adapterRecord, ScriptedAdapters } from '../scripted-adapters.ts';

const BOATS = adapterRecord({ hash: 'ab'.repeat(32), name: 'boats' });
const SHIPS = adapterRecord({ hash: 'cd'.repeat(32), name: 'Ships' });

/** What the composer holds, reactive as there. */
class Form {
	prompt = $state('');
	options: RecipeOptions = $state.raw({});
}

let form: Form;
let rows: AdapterRows;

beforeEach(async () => {
	const port = new ScriptedAdapters();
	port.rows = [BOATS, SHIPS];
	const library = new AdapterLibrary(port, async () => true);
	await library.refresh();
	form = new Form();
	rows = new AdapterRows(form, library);
});

test('a row that is added is in the recipe by its whole hash, at a strength of 1', () => {
	rows.add(BOATS);
	expect(form.options).toEqual({ adapters: [{ hash: BOATS.hash, name: 'boats', strength: 1 }] });
	expect(rows.rows).toMatchObject([{ on: true, strength: 1, found: { by: 'hash' } }]);
});

test('one that is off is drawn with at 0, and gets its strength back', () => {
	rows.add(BOATS);
	rows.setStrength(0, -0.5);
	rows.switch(0, false);
	expect(form.options.adapters).toMatchObject([{ strength: 0 }]);
	expect(rows.rows).toMatchObject([{ on: false, strength: -0.5 }]);
	rows.switch(0, true);
	expect(form.options.adapters).toMatchObject([{ strength: -0.5 }]);
});

test('a strength stays within 100 either way, and nonsense changes nothing', () => {
	rows.add(BOATS);
	rows.setStrength(0, 1000);
	expect(rows.rows[0].strength).toBe(100);
	rows.setStrength(0, NaN);
	expect(rows.rows[0].strength).toBe(100);
});

test('the other options stay when a row comes and goes', () => {
	form.options = { guidanceScale: 2 };
	rows.add(BOATS);
	rows.remove(0);
	expect(form.options).toEqual({ guidanceScale: 2, adapters: [] });
});

test('there are eight at most', () => {
	for (let i = 0; i < 10; i++) rows.add(BOATS);
	expect(rows.rows).toHaveLength(8);
	expect(rows.isFull).toBe(true);
});

test('typed tags are offered, and become rows with the names of what they mean', () => {
	form.prompt = 'a boat <lora:ships:0.8>, <lora:trains:1:-3> at sea';
	expect(rows.typed).toEqual([
		{ name: 'ships', strength: 0.8 },
		{ name: 'trains', strength: -3 },
	]);
	rows.takeTyped();
	expect(form.prompt).toBe('a boat, at sea');
	expect(form.options.adapters).toEqual([
		{ hash: SHIPS.hash, name: 'Ships', strength: 0.8 },
		{ name: 'trains', strength: -3 },
	]);
	expect(rows.rows[1].found).toBeUndefined();
	expect(rows.typed).toEqual([]);
});

test('a trigger word is put at the end of the prompt, once', () => {
	rows.insertWord('lghthse');
	expect(form.prompt).toBe('lghthse');
	form.prompt = 'at dusk ';
	rows.insertWord('lghthse');
	rows.insertWord('LGHTHSE');
	expect(form.prompt).toBe('at dusk, lghthse');
});
