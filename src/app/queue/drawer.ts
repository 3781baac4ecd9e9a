import type { DrawnPicture, EngineEvent, Recipe } from '../../engine/engine.ts';
import { type ErrorCode, isAppError } from '../../errors/app-error.ts';
import type { History } from '../history/history.svelte.ts';
import type { HistoryDesk } from '../history/history-desk.ts';
import { language } from '../i18n/language.svelte.ts';
import type { Memory } from '../machine/memory.svelte.ts';
import type { Attention } from '../picture/attention.svelte.ts';
import type { Generation } from '../picture/generation.svelte.ts';
import { describeFailure, isOutOfMemory } from '../studio/failure.ts';
import type { Toasts } from '../ui/toasts.svelte.ts';
import type { Draw, DrawEnd } from './draw-queue.svelte.ts';
import type { DrawTimes } from './draw-times.ts';

const RESET = 'gpu-reset';

/** The engine starts afresh after these, so the picture may well come the second time. */
const RESETS: ReadonlySet<ErrorCode> = new Set(['gpu-device-lost', 'worker-crashed']);

/** The next picture would end like this one. */
const BLOCKS: ReadonlySet<ErrorCode> = new Set([
	...RESETS,
	...(['webgpu-unavailable', 'webgpu-paused', 'model-not-installed'] as const),
	...(['model-too-new', 'shard-missing', 'shard-corrupt'] as const),
]);

export interface DrawerParts {
	readonly generation: Generation;
	readonly memory: Memory;
	readonly history: History;
	readonly desk: HistoryDesk;
	readonly attention: Attention;
	readonly toasts: Toasts;
	readonly times: DrawTimes;
	/** Pictures that were not begun. */
	readonly waiting: () => number;
	/** @param id of the picture that was drawn, in the history */
	readonly onKept: (id: number | undefined) => void;
	/** Asks for a picture before all others. */
	readonly askAgain: (recipe: Recipe) => void;
}

/** Draws what the queue hands over, keeps it, and says what went wrong. */
export class Drawer {
	readonly #parts: DrawerParts;
	/** Pictures since the queue was last empty. */
	#drawn = 0;

	constructor(parts: DrawerParts) {
		this.#parts = parts;
	}

	readonly draw: Draw = async (recipe) => {
		const { attention } = this.#parts;
		attention.begin();
		try {
			return await this.#drawTwiceAtMost(recipe);
		} finally {
			attention.end();
			if (this.#parts.waiting() === 0) this.#drawn = 0;
		}
	};

	async #drawTwiceAtMost(recipe: Recipe): Promise<DrawEnd> {
		const first = await this.#try(recipe);
		if (!(first instanceof Lost)) return first;
		const { toasts } = this.#parts;
		toasts.info(({ queue }) => queue.drawnAgain, { key: RESET });
		const second = await this.#try(recipe);
		toasts.clear(RESET);
		return second instanceof Lost ? this.#giveUp(recipe, second) : second;
	}

	async #try(recipe: Recipe): Promise<DrawEnd | Lost> {
		const { generation, memory, history } = this.#parts;
		const budgetBytes = memory.budgetFor(recipe);
		try {
			const onEvent = (event: EngineEvent): void => this.#announce(event);
			const drawing = generation.run(recipe, { budgetBytes, onEvent });
			// Whoever looks at another picture keeps that.
			if (history.opened === undefined) history.leave();
			const picture = await drawing;
			if (picture === undefined) return 'stopped';
			await this.#keep(picture);
			return 'drawn';
		} catch (error) {
			const code = isAppError(error) ? error.code : undefined;
			const isReset = code !== undefined && RESETS.has(code);
			if (!isReset) this.#tellFailure(error);
			const growing = generation.memoryGrowing;
			const { peakBytes } = generation.memory;
			if (isOutOfMemory(error, { growing, peakBytes, budgetBytes })) {
				this.#spendLess(recipe, budgetBytes);
			}
			if (isReset) return new Lost(error);
			return code !== undefined && BLOCKS.has(code) ? 'blocked' : 'failed';
		}
	}

	async #keep(picture: DrawnPicture): Promise<void> {
		const { memory, times, history, desk, attention, waiting, onKept } = this.#parts;
		memory.drawn(picture);
		times.record(picture);
		await desk.attempt(async () => {
			await history.add(picture);
			await desk.keepWithinLimit();
		});
		onKept(history.ids[0]);
		this.#drawn += 1;
		const { background } = language.messages;
		if (waiting() === 0) {
			attention.tell(background.doneTitle(this.#drawn), picture.recipe.prompt);
		}
	}

	/** The message names what can be done about it, the engine's own words are in its details. */
	#giveUp(recipe: Recipe, { error }: Lost): DrawEnd {
		const { toasts, attention, askAgain } = this.#parts;
		const action = {
			say: ({ queue }: typeof language.messages) => queue.askAgain,
			run: () => askAgain(recipe),
		};
		toasts.error(describeFailure(error), ({ queue }) => queue.lost, { key: RESET, action });
		const { background, queue } = language.messages;
		attention.tell(background.failedTitle, queue.lost);
		return 'blocked';
	}

	#tellFailure(error: unknown): void {
		const { toasts, attention } = this.#parts;
		const failure = describeFailure(error);
		toasts.error(failure);
		attention.tell(language.messages.background.failedTitle, failure.say(language.messages));
	}

	#spendLess(recipe: Recipe, budgetBytes: number): void {
		const { memory, toasts } = this.#parts;
		memory.outOfMemory(recipe, budgetBytes);
		const next = memory.budgetFor(recipe);
		if (next < budgetBytes) toasts.info(({ notice }) => notice.budgetLowered(next));
	}

	#announce(event: EngineEvent): void {
		const { memory, toasts } = this.#parts;
		if (event.type === 'fallback') memory.refreshForecast();
		if (event.type !== 'prompt-cut') return;
		const { promptTokens, limitTokens } = event;
		toasts.info(({ notice }) => notice.promptCut(promptTokens, limitTokens));
	}
}

/** A picture that went down with the GPU or the engine. */
class Lost {
	constructor(readonly error: unknown) {}
}
