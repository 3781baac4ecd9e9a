import type { Recipe } from './engine.ts';
import { isAbort } from './errors.ts';

export type QueueItemStatus = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

/** A picture that is asked for. A change makes a new object, so old ones can be compared. */
export interface QueueItem {
	/** Counts up from 1 in the order of asking. */
	readonly id: number;
	readonly recipe: Recipe;
	readonly status: QueueItemStatus;
	/** What `draw` threw, after `failed`. */
	readonly error?: unknown;
}

/**
 * Draws one picture and takes care of the result: the queue keeps none, because a hundred pictures
 * would not fit into memory. Rejects with an AbortError after the signal fired.
 */
export type Draw = (recipe: Recipe, signal: AbortSignal, item: QueueItem) => Promise<void>;

/** Told of every item that was added or changed its status. */
export type QueueListener = (item: QueueItem) => void;

/**
 * Pictures drawn one after the other. A failure concerns its own picture: the next one is tried. An
 * item that was taken off while running keeps its place until the engine has let go of it.
 */
export class PictureQueue {
	readonly #draw: Draw;
	readonly #listener: QueueListener;
	readonly #items = new Map<number, QueueItem>();
	#lastId = 0;
	#running: { readonly id: number; readonly abort: AbortController } | undefined;
	#worker: Promise<void> | undefined;

	constructor(draw: Draw, listener: QueueListener = () => undefined) {
		this.#draw = draw;
		this.#listener = listener;
	}

	/** All items in the order of asking, finished ones included until `clearFinished`. */
	get items(): readonly QueueItem[] {
		return [...this.#items.values()];
	}

	/** Whether anything runs or waits. */
	get busy(): boolean {
		return this.items.some(({ status }) => status === 'running' || status === 'waiting');
	}

	/**
	 * Asks for pictures with consecutive seeds, from the recipe's own upwards; after 2^53 - 1 comes 0.
	 * Drawing begins at once.
	 *
	 * @param count pictures, 1 or more
	 * @throws RangeError for another count
	 */
	add(recipe: Recipe, count = 1): readonly QueueItem[] {
		if (!Number.isInteger(count) || count < 1) {
			throw new RangeError(`Ask for at least one picture, as a whole number, not ${count}.`);
		}
		const added = Array.from({ length: count }, (_, offset) =>
			this.#set({
				id: ++this.#lastId,
				recipe: { ...recipe, seed: seedAfter(recipe.seed, offset) },
				status: 'waiting',
			}),
		);
		this.#worker ??= this.#work();
		return added;
	}

	/** Calls off an item that waits or runs; others are left as they are. */
	cancel(id: number): void {
		const item = this.#items.get(id);
		if (item?.status === 'waiting') this.#set({ ...item, status: 'cancelled' });
		if (this.#running?.id === id) this.#running.abort.abort();
	}

	cancelAll(): void {
		for (const id of this.#items.keys()) this.cancel(id);
	}

	/** Forgets the items that are done, failed or cancelled. */
	clearFinished(): void {
		for (const { id, status } of this.items) {
			if (status !== 'running' && status !== 'waiting') this.#items.delete(id);
		}
	}

	/** Resolves once nothing runs or waits. Never rejects: failures are in the items. */
	async idle(): Promise<void> {
		while (this.#worker !== undefined) await this.#worker;
	}

	async #work(): Promise<void> {
		// The caller of `add` hears of its items before any of them runs.
		await Promise.resolve();
		for (;;) {
			const next = this.items.find(({ status }) => status === 'waiting');
			if (next === undefined) break;
			await this.#run(next);
		}
		this.#worker = undefined;
	}

	async #run(item: QueueItem): Promise<void> {
		const abort = new AbortController();
		this.#running = { id: item.id, abort };
		const running = this.#set({ ...item, status: 'running' });
		try {
			await this.#draw(item.recipe, abort.signal, running);
			this.#set({ ...item, status: 'done' });
		} catch (error) {
			const cancelled = abort.signal.aborted && isAbort(error);
			this.#set(
				cancelled ? { ...item, status: 'cancelled' } : { ...item, status: 'failed', error },
			);
		} finally {
			this.#running = undefined;
		}
	}

	#set(item: QueueItem): QueueItem {
		this.#items.set(item.id, item);
		this.#listener(item);
		return item;
	}
}

function seedAfter(seed: number, offset: number): number {
	const left = Number.MAX_SAFE_INTEGER - seed;
	return offset <= left ? seed + offset : offset - left - 1;
}
