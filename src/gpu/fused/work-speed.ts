/** What to believe of a GPU before it has done anything: an integrated one. */
const FIRST_FLOPS_PER_SECOND = 1e12;
/** Windows resets a GPU whose single piece of work runs 2 s, and a long one freezes the desktop. */
const LONGEST_SUBMIT_SECONDS = 0.2;
/** Shorter runs say more about overhead than about speed. */
const SHORTEST_MEASURED_SECONDS = 0.005;
/** How much a new measurement counts. */
const WEIGHT = 0.5;

/** How fast this GPU has been: decides how much work one submit may hold. */
export class WorkSpeed {
	#flopsPerSecond = FIRST_FLOPS_PER_SECOND;
	#lastDone = 0;

	/** Floating-point operations that take at most 200 ms, rounded down to a power of two. */
	get maxSubmitFlops(): number {
		return 2 ** Math.floor(Math.log2(this.#flopsPerSecond * LONGEST_SUBMIT_SECONDS));
	}

	/** Watches work that was just submitted. */
	watch(queue: GPUQueue, flops: number): void {
		const submitted = performance.now();
		queue.onSubmittedWorkDone().then(
			() => {
				const done = performance.now();
				// The GPU began when the work before was done, if that was later.
				const seconds = (done - Math.max(submitted, this.#lastDone)) / 1000;
				this.#lastDone = done;
				if (seconds < SHORTEST_MEASURED_SECONDS) return;
				this.#flopsPerSecond += WEIGHT * (flops / seconds - this.#flopsPerSecond);
			},
			() => undefined,
		);
	}
}
