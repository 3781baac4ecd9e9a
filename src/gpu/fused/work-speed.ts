/**
 * What to believe of a GPU before it has done anything: less than any that runs a desktop. The first
 * pieces of work are small, and each is waited for; three of them are enough for the fastest GPU.
 */
const FIRST_FLOPS_PER_SECOND = 1e11;
/** Slower than this is a GPU that was busy with something else. */
const LEAST_FLOPS_PER_SECOND = 1e9;
/**
 * Windows resets a GPU whose single piece of work runs 2 s, and one of more than 200 ms freezes the
 * desktop. Half of that is aimed at: kernels differ by a factor of two in speed.
 */
const SUBMIT_SECONDS = 0.1;
/** Less time than this says more about overhead than about speed. */
const LEAST_MEASURED_SECONDS = 0.01;
/** How much a faster measurement counts. */
const RISE = 0.5;

/**
 * How fast this GPU has been: decides how much work one submit may hold. Work is in floating-point
 * operations, bytes moved included (`dispatchWork`).
 *
 * Slower is believed at once, faster by half: submits that are too short cost little.
 */
export class WorkSpeed {
	#flopsPerSecond = FIRST_FLOPS_PER_SECOND;
	#isKnown = false;
	#lastDone = 0;
	/** Of submits too short to be measured by themselves. */
	#collectedFlops = 0;
	#collectedSeconds = 0;

	/** False until work took long enough to be measured; until then, wait for each submit. */
	get isKnown(): boolean {
		return this.#isKnown;
	}

	/** Work that takes at most 100 ms, rounded down to a power of two: programs are kept by it. */
	get maxSubmitFlops(): number {
		return 2 ** Math.floor(Math.log2(this.#flopsPerSecond * SUBMIT_SECONDS));
	}

	/** Watches work that was just submitted. Resolves when it is done; never rejects. */
	watch(queue: Pick<GPUQueue, 'onSubmittedWorkDone'>, flops: number): Promise<void> {
		const submitted = performance.now();
		return queue.onSubmittedWorkDone().then(
			() => {
				const done = performance.now();
				// The GPU began when the work before was done, if that was later.
				const seconds = (done - Math.max(submitted, this.#lastDone)) / 1000;
				this.#lastDone = done;
				this.#collect(flops, seconds);
			},
			() => undefined,
		);
	}

	#collect(flops: number, seconds: number): void {
		this.#collectedFlops += flops;
		this.#collectedSeconds += seconds;
		if (this.#collectedSeconds < LEAST_MEASURED_SECONDS) {
			if (!this.#isKnown) this.#raise(this.#collectedFlops / LEAST_MEASURED_SECONDS);
			return;
		}
		const measured = this.#collectedFlops / this.#collectedSeconds;
		this.#collectedFlops = 0;
		this.#collectedSeconds = 0;
		const change = measured - this.#flopsPerSecond;
		const weight = change < 0 || !this.#isKnown ? 1 : RISE;
		this.#flopsPerSecond = Math.max(LEAST_FLOPS_PER_SECOND, this.#flopsPerSecond + weight * change);
		this.#isKnown = true;
	}

	#raise(flopsPerSecond: number): void {
		this.#flopsPerSecond = Math.max(this.#flopsPerSecond, flopsPerSecond);
	}
}
