/** More would wait behind one another while a driver that pages looks for room, and a cancel behind all of them. */
const MOST_AHEAD = 3;

/** Lets at most three submits be on their way to the GPU at a time. */
export class SubmitWindow {
	readonly #running: Promise<void>[] = [];

	/** Resolves when there is room for one more. */
	async room(): Promise<void> {
		while (this.#running.length >= MOST_AHEAD) await this.#running.shift();
	}

	/** @param done of what was just submitted; never rejects */
	add(done: Promise<void>): void {
		this.#running.push(done);
	}
}
