import type { Engine, ModelId, TokenCount } from '../../engine/engine.ts';
import { FrameThrottle, type Schedule } from '../studio/frame-throttle.ts';

/** Counts the prompt's tokens as it is written: one question at a time, the last prompt wins. */
export class TokenCounter {
	readonly #engine: Engine;
	readonly #throttle: FrameThrottle;
	#wanted: { readonly modelId: ModelId; readonly prompt: string } | undefined;
	#asking = false;

	count: TokenCount | undefined = $state.raw();

	constructor(engine: Engine, schedule: Schedule) {
		this.#engine = engine;
		this.#throttle = new FrameThrottle(() => void this.#ask(), schedule);
	}

	/**
	 * @param modelId `undefined` while there is no model to count for
	 * @param prompt as it is drawn: trimmed
	 */
	update(modelId: ModelId | undefined, prompt: string): void {
		if (modelId === undefined || prompt === '') {
			this.#wanted = undefined;
			this.count = undefined;
			return;
		}
		this.#wanted = { modelId, prompt };
		this.#throttle.request();
	}

	async #ask(): Promise<void> {
		const asked = this.#wanted;
		if (this.#asking || asked === undefined) return;
		this.#asking = true;
		try {
			const count = await this.#engine.countTokens(asked.modelId, asked.prompt);
			if (this.#wanted !== undefined) this.count = count;
		} catch {
			// A counter is a courtesy: generating tells what is wrong.
			this.count = undefined;
		} finally {
			this.#asking = false;
		}
		if (this.#wanted !== asked && this.#wanted !== undefined) this.#throttle.request();
	}
}
