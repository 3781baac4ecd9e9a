import { MAX_SEED } from '../recipe/recipe-limits.ts';
import type { Recipe } from './engine.ts';

/** A picture that is asked for. */
export interface QueueItem {
	/** Counts up from 1 in the order of asking. */
	readonly id: number;
	readonly recipe: Recipe;
}

/**
 * Draws one picture and takes care of the result, or of the failure: the queue keeps neither, because a
 * hundred pictures would not fit into memory.
 */
export type Draw = (recipe: Recipe) => Promise<void>;

/** Pictures drawn one after the other. A failure concerns its own picture: the next one is tried. */
export class PictureQueue {
	readonly #draw: Draw;
	readonly #onChange: () => void;
	#waiting: readonly QueueItem[] = [];
	#running: QueueItem | undefined;
	#lastId = 0;
	#isWorking = false;

	/** @param onChange called when pictures were asked for, begun or withdrawn */
	constructor(draw: Draw, onChange: () => void = () => undefined) {
		this.#draw = draw;
		this.#onChange = onChange;
	}

	/** Asked for and not begun, in the order of asking. */
	get waiting(): readonly QueueItem[] {
		return this.#waiting;
	}

	/** The one being drawn, and all that wait. */
	get underWay(): readonly QueueItem[] {
		return this.#running === undefined ? this.#waiting : [this.#running, ...this.#waiting];
	}

	/**
	 * Asks for pictures with consecutive seeds, from the recipe's own upwards; after the largest comes 0.
	 * Drawing begins at once.
	 *
	 * @param count pictures, 1 or more
	 * @throws RangeError for another count
	 */
	add(recipe: Recipe, count = 1): void {
		if (!Number.isInteger(count) || count < 1) {
			throw new RangeError(`Ask for at least one picture, as a whole number, not ${count}.`);
		}
		const added = Array.from({ length: count }, (_, offset) => ({
			id: ++this.#lastId,
			recipe: { ...recipe, seed: seedAfter(recipe.seed, offset) },
		}));
		this.#set([...this.#waiting, ...added]);
		if (!this.#isWorking) void this.#work();
	}

	/** Takes a picture off that waits; one that was begun goes on. */
	withdraw(id: number): void {
		this.#set(this.#waiting.filter((item) => item.id !== id));
	}

	async #work(): Promise<void> {
		this.#isWorking = true;
		// `add` returns its items before any of them runs.
		await Promise.resolve();
		for (;;) {
			const [next, ...rest] = this.#waiting;
			this.#running = next;
			if (next === undefined) break;
			this.#set(rest);
			await this.#draw(next.recipe).catch(() => undefined);
		}
		this.#isWorking = false;
	}

	#set(waiting: readonly QueueItem[]): void {
		this.#waiting = waiting;
		this.#onChange();
	}
}

/** After the largest seed comes 0. */
export function seedAfter(seed: number, offset: number): number {
	const left = MAX_SEED - seed;
	return offset <= left ? seed + offset : offset - left - 1;
}
