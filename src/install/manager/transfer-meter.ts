/** Time in which an old speed loses most of its say. */
const MEMORY_MILLISECONDS = 10_000;
/** Before that a speed says nothing. */
const WARM_UP_MILLISECONDS = 1_000;
/** Shorter spans are mostly noise of the clock and of buffers. */
const SAMPLE_MILLISECONDS = 250;

export interface TransferPace {
	readonly bytesPerSecond: number;
	readonly secondsLeft: number;
}

/** Speed and time left: an exponential moving average over the bytes that passed. */
export class TransferMeter {
	readonly #now: () => number;
	#start: number | undefined;
	#sampleTime = 0;
	#sampleBytes = 0;
	#bytesPerSecond: number | undefined;

	/** @param now in milliseconds; tests give their own clock */
	constructor(now: () => number = () => performance.now()) {
		this.#now = now;
	}

	/** Undefined in the first second. What was done before the first call does not count as speed. */
	pace(bytesDone: number, bytesTotal: number): TransferPace | undefined {
		const now = this.#now();
		if (this.#start === undefined || bytesDone < this.#sampleBytes) {
			this.#start = now;
			this.#sampleTime = now;
			this.#sampleBytes = bytesDone;
			this.#bytesPerSecond = undefined;
			return undefined;
		}
		const elapsed = now - this.#sampleTime;
		if (elapsed >= SAMPLE_MILLISECONDS) {
			const speed = ((bytesDone - this.#sampleBytes) / elapsed) * 1000;
			const weight = 1 - Math.exp(-elapsed / MEMORY_MILLISECONDS);
			const before = this.#bytesPerSecond;
			this.#bytesPerSecond = before === undefined ? speed : before + weight * (speed - before);
			this.#sampleTime = now;
			this.#sampleBytes = bytesDone;
		}
		if (now - this.#start < WARM_UP_MILLISECONDS) return undefined;
		const bytesPerSecond = this.#bytesPerSecond;
		if (bytesPerSecond === undefined || bytesPerSecond <= 0) return undefined;
		return { bytesPerSecond, secondsLeft: (bytesTotal - bytesDone) / bytesPerSecond };
	}
}
