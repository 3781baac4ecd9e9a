import { encode } from 'fast-png';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { HistoryDesk } from '../../../../src/app/history/history-desk.ts';
import { HistoryLimit } from '../../../../src/app/history/history-limit.svelte.ts';
import { History } from '../../../../src/app/history/history.svelte.ts';
import { english } from '../../../../src/app/i18n/english.ts';
import { Formats } from '../../../../src/app/format.ts';
import { Toasts } from '../../../../src/app/ui/toasts.svelte.ts';
import type { Recipe } from '../../../../src/engine/engine.ts';
import { UNDO_MILLISECONDS } from '../../../../src/history/picture-history.ts';
import { embedRecipe } from '../../../../src/share/pictures/embed-recipe.ts';
import { MODEL, TestEnvironment, pictureOf } from '../scripted-engine.ts';

const MESSAGES = english(new Formats('en'));
const RECIPE: Recipe = {
	...{ modelId: MODEL.id, prompt: 'a fox', seed: 7 },
	...{ width: 256, height: 256, steps: 3 },
};

let environment: TestEnvironment;
let history: History;
let toasts: Toasts;
let desk: HistoryDesk;
const download = vi.fn<(zip: Blob) => void>();

beforeEach(async () => {
	environment = new TestEnvironment();
	const { pictures, library, codec, storage } = environment;
	history = new History(pictures, library, codec, new HistoryLimit(storage));
	toasts = new Toasts();
	desk = new HistoryDesk(history, toasts, download);
	for (const [seed, prompt] of ['a fox', 'a lighthouse', 'a red fox', 'a dog'].entries()) {
		await history.add(pictureOf({ ...RECIPE, prompt, seed }));
	}
});

const said = (): readonly string[] => toasts.all.map(({ say }) => say(MESSAGES));

describe('finding pictures', () => {
	test('by words, as soon as the recipes are read, and also what is drawn meanwhile', async () => {
		history.filter.query = 'fox';
		expect(history.filter.needsSummaries).toBe(true);
		expect(history.shown).toEqual([]);
		await history.needSummaries();
		expect(history.shown).toEqual([3, 1]);
		await history.add(pictureOf({ ...RECIPE, prompt: 'a white fox' }));
		expect(history.shown).toEqual([5, 3, 1]);
		history.filter.clear();
		expect(history.shown).toBe(history.ids);
	});

	test('the arrow keys go through what is shown', async () => {
		history.filter.query = 'fox';
		await history.needSummaries();
		await history.open(3);
		await history.step(1);
		expect(history.opened?.recipe.prompt).toBe('a fox');
	});

	test('offers what recipes differ in', async () => {
		await history.add(pictureOf({ ...RECIPE, width: 512 }));
		await history.needSummaries();
		expect(history.filter.choices.sizes).toEqual(['256x256', '512x256']);
		expect(history.filter.choices.models).toEqual(['demo']);
	});
});

describe('stars and boards', () => {
	test('star all that are chosen, and take them off once all have one', async () => {
		await history.toggleStar([1]);
		await history.toggleStar([1, 2]);
		expect([1, 2, 3].map((id) => history.isStarred(id))).toEqual([true, true, false]);
		history.filter.starred = true;
		expect(history.shown).toEqual([2, 1]);
		await history.toggleStar([1, 2]);
		expect(history.shown).toEqual([]);
	});

	test('a new board holds what was chosen; its pictures outlive it', async () => {
		await history.addBoard('Foxes', [1, 3]);
		const [board] = history.boards;
		history.filter.board = board?.id;
		expect(history.shown).toEqual([3, 1]);
		await history.removeBoard(board?.id ?? 0);
		expect(history.filter.board).toBeUndefined();
		expect(history.shown).toEqual([4, 3, 2, 1]);
	});

	test('another tab’s are seen', async () => {
		await environment.library.star([2], true);
		await environment.pictures.delete([4]);
		history.selection.all(history.ids);
		await history.load();
		expect(history.isStarred(2)).toBe(true);
		expect([...history.selection.chosen]).toEqual([3, 2, 1]);
	});
});

describe('deleting', () => {
	test('can be undone step by step, the last first', async () => {
		await desk.remove([1, 2]);
		await desk.remove([4]);
		expect(history.ids).toEqual([3]);
		expect(said()).toEqual(['Picture deleted.']);
		await desk.undo();
		expect(history.ids).toEqual([4, 3]);
		expect(said()).toEqual(['2 pictures deleted.']);
		toasts.all[0]?.action?.run();
		await vi.waitFor(() => expect(history.ids).toEqual([4, 3, 2, 1]));
		expect(toasts.all).toEqual([]);
	});

	test('is offered to be undone for as long as that works', async () => {
		vi.useFakeTimers();
		try {
			await desk.remove([1]);
			vi.advanceTimersByTime(UNDO_MILLISECONDS - 1);
			expect(history.deletions).toHaveLength(1);
			vi.advanceTimersByTime(1);
			expect(history.deletions).toEqual([]);
			expect(toasts.all).toEqual([]);
		} finally {
			vi.useRealTimers();
		}
	});
});

describe('a limit', () => {
	test('lets the oldest go, but none with a star or on a board, and can be undone', async () => {
		await history.load();
		await history.toggleStar([1]);
		await history.addBoard('Foxes', [3]);
		expect(await history.keepWithin(1000)).toBe(1);
		expect(history.ids).toEqual([4, 3, 1]);
		await history.undo();
		expect(history.ids).toEqual([4, 3, 2, 1]);
	});

	test('is kept after each picture, once there is one, and remembered', async () => {
		await history.load();
		await desk.keepWithinLimit();
		expect(history.ids).toHaveLength(4);
		history.limit.bytes = 1e9;
		await desk.keepWithinLimit();
		expect(history.ids).toHaveLength(4);
		expect(new HistoryLimit(environment.storage).bytes).toBe(1e9);
		history.limit.bytes = undefined;
		expect(new HistoryLimit(environment.storage).bytes).toBeUndefined();
	});
});

describe('files', () => {
	test('what is chosen leaves as a zip', async () => {
		await desk.export([3, 1]);
		expect(await download.mock.lastCall?.[0].text()).toBe('zip of 3,1');
		expect(history.exporting).toBeUndefined();
	});

	test('pictures come in once, and can be taken out again', async () => {
		const data = new Uint8Array(16 * 16 * 3);
		const png = Uint8Array.from(encode({ width: 16, height: 16, channels: 3, data }));
		const bytes = await embedRecipe(png, RECIPE, { id: 'demo' }, '0.1.0');
		const files = ['a.png', 'b.png', 'photo.png'].map(
			(name, at) => new File([at < 2 ? bytes : png], name),
		);
		await desk.bring(files);
		expect(history.ids).toHaveLength(5);
		expect(said()).toEqual(['1 picture came in. Here already: 1. No recipe in: photo.png.']);
		toasts.all[0]?.action?.run();
		await vi.waitFor(() => expect(history.ids).toHaveLength(4));
	});
});
