/** Runs asynchronous sections one after another, in the order they were asked for. */
export class Mutex {
	#last: Promise<unknown> = Promise.resolve();

	run<Result>(section: () => Promise<Result>): Promise<Result> {
		const result = this.#last.then(section, section);
		this.#last = result.catch(() => undefined);
		return result;
	}
}
