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
 * Faster is believed by half. Slower is believed at once, but only of a submit that was meant to be long
 * and was longer still: what small work takes tells of uploads in the queue before it and of the
 * browser's own pace, and a block that was cut for such a speed took 40 times its time.
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
				this.#learn(flops, seconds);
			},
			() => undefined,
		);
	}

	#learn(flops: number, seconds: number): void {
		const meantSeconds = flops / this.#flopsPerSecond;
		if (this.#isKnown && seconds > SUBMIT_SECONDS && meantSeconds > SUBMIT_SECONDS / 4) {
			this.#set(Math.min(this.#flopsPerSecond, flops / seconds));
		}
		this.#collectedFlops += flops;
		this.#collectedSeconds += seconds;
		if (this.#collectedSeconds < LEAST_MEASURED_SECONDS) {
			if (!this.#isKnown) this.#raise(this.#collectedFlops / LEAST_MEASURED_SECONDS);
			return;
		}
		const measured = this.#collectedFlops / this.#collectedSeconds;
		this.#collectedFlops = 0;
		this.#collectedSeconds = 0;
		if (!this.#isKnown) this.#set(measured);
		else this.#raise(this.#flopsPerSecond + RISE * (measured - this.#flopsPerSecond));
		this.#isKnown = true;
	}

	#set(flopsPerSecond: number): void {
		this.#flopsPerSecond = Math.max(LEAST_FLOPS_PER_SECOND, flopsPerSecond);
	}

	#raise(flopsPerSecond: number): void {
		this.#flopsPerSecond = Math.max(this.#flopsPerSecond, flopsPerSecond);
	}
}
