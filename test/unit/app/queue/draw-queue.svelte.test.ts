import { beforeEach, describe, expect, test } from 'vitest';
import { nextRecipe, readBatches } from '../../../../src/app/queue/batch.ts';
import { type DrawEnd, DrawQueue } from '../../../../src/app/queue/draw-queue.svelte.ts';
import type { DrawingTurn } from '../../../../src/app/queue/drawing-turn.ts';
import { QueueStorage } from '../../../../src/app/queue/queue-storage.ts';
import type { ModelId, Recipe } from '../../../../src/engine/engine.ts';
import { memoryStorage, settle } from '../scripted-engine.ts';

const RECIPE: Recipe = {
	...{ modelId: 'demo' as ModelId, prompt: 'a red circle', seed: 5 },
	...{ width: 256, height: 256, steps: 8 },
};

/** Draws nothing until it is told to. */
class Easel {
	readonly drawn: number[] = [];
	#finish: ((end: DrawEnd) => void) | undefined;

	readonly draw = ({ seed }: Recipe): Promise<DrawEnd> => {
		this.drawn.push(seed);
		return new Promise((resolve) => (this.#finish = resolve));
	};

	finish(end: DrawEnd = 'drawn'): Promise<void> {
		this.#finish?.(end);
		return settle();
	}
}

const alone: DrawingTurn = ({ task }) => task();
let easel: Easel;
let storage: ReturnType<typeof memoryStorage>;
let tabs: Set<string>;
let queue: DrawQueue;

function queueOf(own: string, turn: DrawingTurn = alone): DrawQueue {
	tabs.add(own);
	const kept = new QueueStorage(storage, { own, names: async () => tabs });
	return new DrawQueue(easel.draw, turn, kept);
}

beforeEach(() => {
	easel = new Easel();
	storage = memoryStorage();
	tabs = new Set();
	queue = queueOf('one');
});

const rows = (from = queue): readonly string[] =>
	from.batches.map(({ recipe, done, total }) => `${recipe.seed}: ${done}/${total}`);

/** Asks for a batch of each of these seeds, three pictures large. */
async function ask(...seeds: readonly number[]): Promise<void> {
	for (const seed of seeds) queue.add({ ...RECIPE, seed }, 3);
	await settle();
}

describe('a batch', () => {
	test('is drawn picture by picture, with consecutive seeds', async () => {
		await ask(5);
		expect([rows(), queue.waiting, queue.pictures]).toEqual([['5: 0/3'], 2, 3]);
		await easel.finish();
		expect([rows(), queue.waiting]).toEqual([['5: 1/3'], 1]);
		await easel.finish();
		await easel.finish();
		expect([rows(), queue.running]).toEqual([[], undefined]);
		expect(easel.drawn).toEqual([5, 6, 7]);
	});

	test('goes on at 0 after the largest seed', () => {
		const recipe = { ...RECIPE, seed: Number.MAX_SAFE_INTEGER - 1 };
		const seeds = [0, 1, 2, 3].map(
			(done) => nextRecipe({ id: 'a' as never, recipe, total: 4, done }).seed,
		);
		expect(seeds).toEqual([recipe.seed, recipe.seed + 1, 0, 1]);
	});

	test.each([0, -1, 1.5, NaN, Infinity])('of %d pictures is refused', (count) => {
		expect(() => queue.add(RECIPE, count)).toThrow(RangeError);
		expect(queue.batches).toEqual([]);
	});
});

describe('the order', () => {
	test('is that of asking, unless one is to be first', async () => {
		await ask(10, 20);
		queue.add({ ...RECIPE, seed: 30 }, 1, 'first');
		await easel.finish();
		expect(easel.drawn).toEqual([10, 30]);
		await easel.finish();
		expect(easel.drawn).toEqual([10, 30, 11]);
	});

	test('can be changed; the picture being drawn comes to its end', async () => {
		await ask(10, 20, 30);
		const [, , last] = queue.batches;
		if (last !== undefined) queue.move(last.id, 0);
		expect(rows()).toEqual(['30: 0/3', '10: 0/3', '20: 0/3']);
		await easel.finish();
		expect(easel.drawn).toEqual([10, 30]);
		if (last !== undefined) queue.move(last.id, 99);
		expect(rows()).toEqual(['10: 1/3', '20: 0/3', '30: 0/3']);
	});
});

describe('taking off', () => {
	test('leaves the picture being drawn, and can be undone', async () => {
		await ask(10, 20);
		const [first] = queue.batches;
		const removed = first && queue.remove(first.id);
		expect(rows()).toEqual(['10: 0/1', '20: 0/3']);
		if (removed !== undefined) queue.putBack([removed], 1);
		expect(rows()).toEqual(['10: 0/1', '10: 1/3', '20: 0/3']);
		await easel.finish();
		expect(easel.drawn).toEqual([10, 11]);
	});

	test('all of them stops after the picture being drawn', async () => {
		await ask(10, 20);
		expect(queue.removeAll()).toHaveLength(2);
		await easel.finish();
		expect([rows(), easel.drawn]).toEqual([[], [10]]);
	});

	test('before anything was begun draws nothing', async () => {
		queue.add(RECIPE, 2);
		queue.removeAll();
		await settle();
		expect(easel.drawn).toEqual([]);
	});
});

describe('pausing', () => {
	test('lets the picture being drawn come to its end', async () => {
		await ask(10);
		queue.pause();
		await easel.finish();
		expect([easel.drawn, rows()]).toEqual([[10], ['10: 1/3']]);
		queue.resume();
		await settle();
		expect(easel.drawn).toEqual([10, 11]);
	});

	test('happens by itself where the next picture would fare no better', async () => {
		await ask(10);
		await easel.finish('failed');
		expect(easel.drawn).toEqual([10, 11]);
		await easel.finish('blocked');
		expect([queue.paused, queue.pictures, easel.drawn]).toEqual([true, 1, [10, 11]]);
	});

	test('ends with the queue', async () => {
		await ask(10);
		queue.removeAll();
		queue.pause();
		await easel.finish();
		expect(queue.paused).toBe(false);
	});
});

describe('another visit', () => {
	test('finds what was waiting, the picture that was being drawn included, and draws it when told to', async () => {
		await ask(10, 20);
		await easel.finish();
		tabs.clear();
		const next = queueOf('two');
		await next.findLeftBehind();
		expect(next.leftBehind.map(({ recipe, done }) => [recipe.seed, done])).toEqual([
			[10, 1],
			[20, 0],
		]);
		await settle();
		expect(easel.drawn).toEqual([10, 11]);
		next.resumeLeftBehind();
		await settle();
		expect(easel.drawn).toEqual([10, 11, 11]);
		const third = queueOf('three');
		await third.findLeftBehind();
		expect(third.leftBehind, 'it is drawn by one tab').toEqual([]);
	});

	test('leaves alone what another tab still draws', async () => {
		await ask(10);
		const other = queueOf('two');
		await other.findLeftBehind();
		expect(other.leftBehind).toEqual([]);
	});

	test('can do without', async () => {
		await ask(10);
		tabs.clear();
		const next = queueOf('two');
		await next.findLeftBehind();
		next.discardLeftBehind();
		expect(next.leftBehind).toEqual([]);
		tabs.clear();
		const later = queueOf('three');
		await later.findLeftBehind();
		expect(later.leftBehind).toEqual([]);
	});

	test.each([
		['no JSON', '{'],
		['no list', '{}'],
		['what is no batch', '[5, null, {"id": "a"}]'],
		[
			'a recipe that cannot be read as it was',
			JSON.stringify([{ id: 'a', total: 2, done: 0, recipe: { ...RECIPE, steps: 999 } }]),
		],
		['nothing left to draw', JSON.stringify([{ id: 'a', total: 2, done: 2, recipe: RECIPE }])],
		[
			'a model without a name',
			JSON.stringify([{ id: 'a', total: 2, done: 0, recipe: { ...RECIPE, modelId: 5 } }]),
		],
	])('passes over %s', (_what, text) => {
		expect(readBatches(text)).toEqual([]);
	});

	test('reads back what it wrote', () => {
		const recipe = { ...RECIPE, adapters: [{ name: 'film-grain', strength: 0.8 }] };
		const batch = { id: 'a', recipe, total: 3, done: 1 };
		expect(readBatches(JSON.stringify([batch]))).toEqual([batch]);
	});
});

describe('beside another tab that draws', () => {
	test('says that it waits, draws when the other is done, and can stop waiting', async () => {
		const doors: (() => void)[] = [];
		const turn: DrawingTurn = ({ task, onWait, signal }) => {
			onWait();
			return new Promise((resolve, reject) => {
				doors.push(() => resolve(task()));
				signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
			});
		};
		queue = queueOf('two', turn);
		queue.add(RECIPE, 2);
		await settle();
		expect([queue.running?.waits, easel.drawn]).toEqual([true, []]);
		doors[0]?.();
		await settle();
		expect([queue.running?.waits, easel.drawn]).toEqual([false, [5]]);
		expect(queue.stopWaiting(), 'a picture being drawn is another matter').toBe(false);
		await easel.finish();
		expect(queue.running?.waits).toBe(true);
		expect(queue.stopWaiting()).toBe(true);
		await settle();
		expect([queue.running, rows(queue)]).toEqual([undefined, []]);
	});
});
