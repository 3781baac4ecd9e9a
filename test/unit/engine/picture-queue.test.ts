import { describe, expect, it } from 'vitest';
import type { ModelId, Recipe } from '../../../src/engine/engine.ts';
import { PictureQueue } from '../../../src/engine/picture-queue.ts';

const recipe: Recipe = {
	...{ modelId: 'demo' as ModelId, prompt: 'a red circle', seed: 5 },
	...{ width: 256, height: 256, steps: 8 },
};

/** Draws nothing until it is told to. */
class Easel {
	readonly drawn: number[] = [];
	#finish: (() => void) | undefined;
	#fail: ((error: unknown) => void) | undefined;

	readonly draw = ({ seed }: Recipe): Promise<void> => {
		this.drawn.push(seed);
		return new Promise((resolve, reject) => {
			this.#finish = resolve;
			this.#fail = reject;
		});
	};

	finish(): Promise<void> {
		this.#finish?.();
		return settled();
	}

	fail(error: unknown): Promise<void> {
		this.#fail?.(error);
		return settled();
	}
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
const waiting = (queue: PictureQueue): readonly number[] =>
	queue.waiting.map((item) => item.recipe.seed);
const underWay = (queue: PictureQueue): readonly number[] =>
	queue.underWay.map((item) => item.recipe.seed);

describe('PictureQueue', () => {
	it('draws pictures with consecutive seeds one after the other', async () => {
		const easel = new Easel();
		const queue = new PictureQueue(easel.draw);
		queue.add(recipe, 3);
		expect(queue.waiting.map((item) => item.recipe)).toEqual([
			...[recipe, { ...recipe, seed: 6 }, { ...recipe, seed: 7 }],
		]);
		await settled();
		expect([underWay(queue), waiting(queue)]).toEqual([
			[5, 6, 7],
			[6, 7],
		]);
		await easel.finish();
		expect([underWay(queue), waiting(queue)]).toEqual([[6, 7], [7]]);
		await easel.finish();
		await easel.finish();
		expect(underWay(queue)).toEqual([]);
		expect(easel.drawn).toEqual([5, 6, 7]);
	});

	it('goes on at 0 after the largest seed', () => {
		const queue = new PictureQueue(new Easel().draw);
		const seed = Number.MAX_SAFE_INTEGER - 1;
		queue.add({ ...recipe, seed }, 4);
		expect(waiting(queue)).toEqual([seed, seed + 1, 0, 1]);
	});

	it.each([0, -1, 1.5, NaN, Infinity])('refuses %d pictures', (count) => {
		const queue = new PictureQueue(new Easel().draw);
		expect(() => queue.add(recipe, count)).toThrow(RangeError);
		expect(queue.underWay).toEqual([]);
	});

	it('takes more while it draws, and starts again after it stopped', async () => {
		const easel = new Easel();
		const queue = new PictureQueue(easel.draw);
		queue.add(recipe);
		await settled();
		queue.add({ ...recipe, seed: 20 });
		await easel.finish();
		await easel.finish();
		expect(underWay(queue)).toEqual([]);
		queue.add({ ...recipe, seed: 30 });
		await settled();
		expect(easel.drawn).toEqual([5, 20, 30]);
	});

	it('goes on after a picture that failed', async () => {
		const easel = new Easel();
		const queue = new PictureQueue(easel.draw);
		queue.add(recipe, 2);
		await settled();
		await easel.fail(new Error('out of memory'));
		expect(underWay(queue)).toEqual([6]);
		expect(easel.drawn).toEqual([5, 6]);
	});

	it('withdraws one that waits, and leaves the one that runs and unknown ones alone', async () => {
		const easel = new Easel();
		const queue = new PictureQueue(easel.draw);
		queue.add(recipe, 3);
		await settled();
		const [running, second] = queue.underWay;
		for (const id of [running?.id, second?.id, 99]) queue.withdraw(id ?? NaN);
		expect(underWay(queue)).toEqual([5, 7]);
		await easel.finish();
		await easel.finish();
		expect(easel.drawn).toEqual([5, 7]);
	});

	it('draws nothing if all are withdrawn before any runs', async () => {
		const easel = new Easel();
		const queue = new PictureQueue(easel.draw);
		queue.add(recipe, 2);
		for (const { id } of queue.waiting) queue.withdraw(id);
		await settled();
		expect(easel.drawn).toEqual([]);
		queue.add(recipe);
		await settled();
		expect(easel.drawn).toEqual([5]);
	});

	it('tells of every change of what waits', async () => {
		const easel = new Easel();
		const told: (readonly number[])[] = [];
		const queue: PictureQueue = new PictureQueue(easel.draw, () => told.push(waiting(queue)));
		queue.add(recipe, 3);
		await settled();
		queue.withdraw(queue.waiting[0]?.id ?? NaN);
		await easel.finish();
		expect(told).toEqual([[5, 6, 7], [6, 7], [7], []]);
	});
});
