import { describe, expect, it } from 'vitest';
import type { ModelId, Recipe } from '../../../src/engine/engine.ts';
import { PictureQueue, type QueueItem } from '../../../src/engine/picture-queue.ts';

const recipe: Recipe = {
	...{ modelId: 'demo' as ModelId, prompt: 'a red circle', seed: 5 },
	...{ width: 256, height: 256, steps: 8 },
};

/** Draws nothing until it is told to. */
class Easel {
	readonly drawn: number[] = [];
	#finish: (() => void) | undefined;
	#fail: ((error: unknown) => void) | undefined;

	readonly draw = ({ seed }: Recipe, signal: AbortSignal): Promise<void> => {
		this.drawn.push(seed);
		return new Promise((resolve, reject) => {
			this.#finish = resolve;
			this.#fail = reject;
			signal.addEventListener('abort', () => {
				reject(new DOMException('cancelled', 'AbortError'));
			});
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
const statuses = (queue: PictureQueue): string => queue.items.map(({ status }) => status).join(' ');

describe('PictureQueue', () => {
	it('draws pictures with consecutive seeds one after the other', async () => {
		const easel = new Easel();
		const queue = new PictureQueue(easel.draw);
		expect(queue.add(recipe, 3).map((item) => item.recipe)).toEqual([
			...[recipe, { ...recipe, seed: 6 }, { ...recipe, seed: 7 }],
		]);
		expect(statuses(queue)).toBe('waiting waiting waiting');
		await settled();
		expect(statuses(queue)).toBe('running waiting waiting');
		await easel.finish();
		expect(statuses(queue)).toBe('done running waiting');
		await easel.finish();
		await easel.finish();
		expect(statuses(queue)).toBe('done done done');
		expect(easel.drawn).toEqual([5, 6, 7]);
		expect(queue.busy).toBe(false);
	});

	it('goes on at 0 after the largest seed', () => {
		const queue = new PictureQueue(new Easel().draw);
		const seed = Number.MAX_SAFE_INTEGER - 1;
		const added = queue.add({ ...recipe, seed }, 4);
		expect(added.map((item) => item.recipe.seed)).toEqual([seed, seed + 1, 0, 1]);
	});

	it.each([0, -1, 1.5, NaN, Infinity])('refuses %d pictures', (count) => {
		const queue = new PictureQueue(new Easel().draw);
		expect(() => queue.add(recipe, count)).toThrow(RangeError);
		expect(queue.items).toEqual([]);
	});

	it('takes more while it draws, and starts again after it stopped', async () => {
		const easel = new Easel();
		const queue = new PictureQueue(easel.draw);
		queue.add(recipe);
		await settled();
		queue.add({ ...recipe, seed: 20 });
		await easel.finish();
		await easel.finish();
		await queue.idle();
		queue.add({ ...recipe, seed: 30 });
		await settled();
		expect(statuses(queue)).toBe('done done running');
		expect(easel.drawn).toEqual([5, 20, 30]);
	});

	it('goes on after a failure and keeps its error', async () => {
		const easel = new Easel();
		const queue = new PictureQueue(easel.draw);
		queue.add(recipe, 2);
		await settled();
		const error = new Error('out of memory');
		await easel.fail(error);
		expect(queue.items[0]).toMatchObject({ status: 'failed', error });
		await easel.finish();
		expect(statuses(queue)).toBe('failed done');
	});

	it('cancels one that waits without touching the one that runs', async () => {
		const easel = new Easel();
		const queue = new PictureQueue(easel.draw);
		const [, second] = queue.add(recipe, 3);
		await settled();
		queue.cancel(second.id);
		expect(statuses(queue)).toBe('running cancelled waiting');
		await easel.finish();
		await easel.finish();
		expect(easel.drawn).toEqual([5, 7]);
		queue.cancel(second.id);
		queue.cancel(99);
		expect(statuses(queue)).toBe('done cancelled done');
	});

	it('cancels the one that runs and draws the next', async () => {
		const easel = new Easel();
		const queue = new PictureQueue(easel.draw);
		const [first] = queue.add(recipe, 2);
		await settled();
		queue.cancel(first.id);
		await settled();
		expect(statuses(queue)).toBe('cancelled running');
	});

	it('believes a picture that was done before the cancellation reached it', async () => {
		let finish: () => void = () => undefined;
		const queue = new PictureQueue(() => new Promise((resolve) => (finish = resolve)));
		const [item] = queue.add(recipe);
		await settled();
		queue.cancel(item.id);
		finish();
		await queue.idle();
		expect(statuses(queue)).toBe('done');
	});

	it('cancels all, even before anything runs', async () => {
		const easel = new Easel();
		const queue = new PictureQueue(easel.draw);
		queue.add(recipe, 3);
		queue.cancelAll();
		await queue.idle();
		expect(easel.drawn).toEqual([]);
		queue.add(recipe, 3);
		await settled();
		queue.cancelAll();
		await queue.idle();
		expect(statuses(queue)).toBe('cancelled '.repeat(6).trim());
		expect(easel.drawn).toEqual([5]);
	});

	it('forgets what is finished, and only that', async () => {
		const easel = new Easel();
		const queue = new PictureQueue(easel.draw);
		queue.add(recipe, 3);
		await settled();
		await easel.finish();
		queue.clearFinished();
		expect(statuses(queue)).toBe('running waiting');
	});

	it('tells of every change', async () => {
		const easel = new Easel();
		const told: QueueItem[] = [];
		const queue = new PictureQueue(easel.draw, (item) => told.push(item));
		queue.add(recipe, 2);
		await settled();
		await easel.finish();
		queue.cancelAll();
		await queue.idle();
		expect(told.map(({ id, status }) => `${id} ${status}`)).toEqual([
			...['1 waiting', '2 waiting', '1 running', '1 done', '2 running', '2 cancelled'],
		]);
	});
});
