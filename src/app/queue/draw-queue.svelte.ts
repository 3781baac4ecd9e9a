import type { Recipe } from '../../engine/engine.ts';
import { type Batch, type BatchId, newBatch, nextRecipe, picturesLeft } from './batch.ts';
import type { DrawingTurn } from './drawing-turn.ts';
import type { QueueStorage } from './queue-storage.ts';

/** What became of a picture: after `blocked`, the next one would fare no better. */
export type DrawEnd = 'drawn' | 'stopped' | 'failed' | 'blocked';

/**
 * Draws one picture and takes care of the result, or of the failure: the queue keeps neither, because a
 * hundred pictures would not fit into memory.
 */
export type Draw = (recipe: Recipe) => Promise<DrawEnd>;

export interface Running {
	readonly batch: BatchId;
	readonly recipe: Recipe;
	/** Another tab draws, so this picture waits for it. */
	readonly waits: boolean;
}

/** Pictures asked for, in batches, drawn one after the other. Survives reloads and crashes. */
export class DrawQueue {
	readonly #draw: Draw;
	readonly #turn: DrawingTurn;
	readonly #storage: QueueStorage;
	#working = false;
	#waiting: AbortController | undefined;

	/** In the order in which they are drawn, the one being drawn included. */
	batches: readonly Batch[] = $state.raw([]);
	running: Running | undefined = $state.raw();
	/** The picture being drawn comes to its end; none is begun. */
	paused = $state(false);
	/** What an earlier visit left; nothing of it is drawn unasked. */
	leftBehind: readonly Batch[] = $state.raw([]);

	constructor(draw: Draw, turn: DrawingTurn, storage: QueueStorage) {
		this.#draw = draw;
		this.#turn = turn;
		this.#storage = storage;
	}

	/** Pictures that are not drawn yet, the one being drawn included. */
	get pictures(): number {
		return picturesLeft(this.batches);
	}

	/** Of a batch, those that were not begun. */
	waitingOf({ id, total, done }: Batch): number {
		return total - done - (this.running?.batch === id ? 1 : 0);
	}

	/** Pictures that were not begun. */
	get waiting(): number {
		return this.pictures - (this.running === undefined ? 0 : 1);
	}

	async findLeftBehind(): Promise<void> {
		this.leftBehind = await this.#storage.leftBehind();
	}

	resumeLeftBehind(): void {
		this.leftBehind = [];
		this.#set([...this.batches, ...this.#storage.takeLeftBehind()]);
		void this.#work();
	}

	discardLeftBehind(): void {
		this.leftBehind = [];
		this.#storage.takeLeftBehind();
	}

	/** Asks for pictures; drawing begins at once unless it was paused. */
	add(recipe: Recipe, count = 1, place: 'first' | 'last' = 'last'): void {
		const batch = newBatch(recipe, count);
		this.#set(place === 'first' ? [batch, ...this.batches] : [...this.batches, batch]);
		void this.#work();
	}

	/** Puts batches back where they were. */
	putBack(batches: readonly Batch[], at: number): void {
		this.#set([...this.batches.slice(0, at), ...batches, ...this.batches.slice(at)]);
		void this.#work();
	}

	/** @param to the place it gets, 0 being the first */
	move(id: BatchId, to: number): void {
		const batch = this.batches.find((one) => one.id === id);
		if (batch === undefined) return;
		const rest = this.batches.filter((one) => one !== batch);
		const at = Math.min(rest.length, Math.max(0, to));
		this.#set([...rest.slice(0, at), batch, ...rest.slice(at)]);
	}

	/**
	 * Takes off what of a batch was not begun; the picture being drawn goes on.
	 *
	 * @returns what `putBack` brings back
	 */
	remove(id: BatchId): Batch | undefined {
		const batch = this.batches.find((one) => one.id === id);
		if (batch === undefined) return undefined;
		const begun = this.running?.batch === id ? 1 : 0;
		const kept = { ...batch, total: batch.done + begun };
		const next = this.batches.map((one) => (one === batch ? kept : one));
		this.#set(next.filter(({ total, done }) => done < total));
		if (batch.done + begun === batch.total) return undefined;
		return { ...newBatch(batch.recipe, batch.total), done: batch.done + begun };
	}

	/** @returns what `putBack` brings back */
	removeAll(): readonly Batch[] {
		return this.batches.map(({ id }) => this.remove(id)).filter((batch) => batch !== undefined);
	}

	pause(): void {
		this.paused = true;
	}

	resume(): void {
		this.paused = false;
		void this.#work();
	}

	/** @returns whether the next picture waited for another tab and no longer does */
	stopWaiting(): boolean {
		const waits = this.running?.waits ?? false;
		if (waits) this.#waiting?.abort();
		return waits;
	}

	async #work(): Promise<void> {
		if (this.#working) return;
		this.#working = true;
		// The caller of `add` hears of its batch before any of it runs.
		await Promise.resolve();
		for (;;) {
			const [batch] = this.batches;
			if (batch === undefined || this.paused) break;
			await this.#drawNext(batch);
		}
		this.#working = false;
	}

	async #drawNext(batch: Batch): Promise<void> {
		const recipe = nextRecipe(batch);
		const running = { batch: batch.id, recipe };
		this.running = { ...running, waits: false };
		const waiting = new AbortController();
		this.#waiting = waiting;
		const end = await this.#turn({
			task: () => {
				this.running = { ...running, waits: false };
				return this.#draw(recipe);
			},
			onWait: () => (this.running = { ...running, waits: true }),
			signal: waiting.signal,
		}).catch((): DrawEnd => 'stopped');
		this.running = undefined;
		if (end === 'blocked') this.paused = true;
		const advanced = this.batches.map((one) =>
			one.id === batch.id ? { ...one, done: one.done + 1 } : one,
		);
		this.#set(advanced.filter(({ total, done }) => done < total));
		if (this.batches.length === 0) this.paused = false;
	}

	#set(batches: readonly Batch[]): void {
		this.batches = batches;
		this.#storage.save(batches);
	}
}
