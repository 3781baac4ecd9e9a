interface Sample {
	readonly at: number;
	readonly bytes: number;
}

/** Long enough to be steady, short enough to notice a stalled network. */
const WINDOW_MILLISECONDS = 4000;
/** Before this much time has been seen, a speed would be a guess. */
const LEAST_MILLISECONDS = 500;
/** Events may come by the thousand; this much apart they are kept. */
const SPACING_MILLISECONDS = 100;
const SECOND = 1000;

/** Speed over the last few seconds. Bytes that were there before the first sample do not count. */
export class TransferRate {
	/** Apart from the last, each at least the spacing after the one before. */
	#samples: readonly Sample[] = [];

	record(bytes: number, at: number): void {
		const previous = this.#samples.at(-2);
		const crowded = previous !== undefined && at - previous.at < SPACING_MILLISECONDS;
		const kept = crowded ? this.#samples.slice(0, -1) : this.#samples;
		const recent = kept.filter((sample) => at - sample.at <= WINDOW_MILLISECONDS);
		this.#samples = [...recent, { at, bytes }];
	}

	get bytesPerSecond(): number | undefined {
		const [first] = this.#samples;
		const last = this.#samples.at(-1);
		if (first === undefined || last === undefined) return undefined;
		const elapsed = last.at - first.at;
		if (elapsed < LEAST_MILLISECONDS) return undefined;
		return ((last.bytes - first.bytes) / elapsed) * SECOND;
	}
}
