import { QueuePace } from '../../queue-pace.ts';

/**
 * What to believe of a GPU before it has done anything: less than any that runs a desktop. The first
 * pieces of work are small, and each is waited for; three of them are enough for the fastest GPU.
 */
const FIRST_FLOPS_PER_SECOND = 1e11;
/** Slower than this is a GPU that was busy with something else. */
const LEAST_FLOPS_PER_SECOND = 1e9;
/** Less time than this says more about overhead than about speed. */
const LEAST_MEASURED_SECONDS = 0.01;
/** How much a faster measurement counts. */
const RISE = 0.5;
/** Most that one slow submit is believed at once: it may have waited for a driver that pages. */
const MOST_FALL = 4;

/**
 * How fast this GPU has been: decides how much work one submit may hold. Work is in floating-point
 * operations, bytes moved included (`dispatchWork`).
 *
 * Faster is believed by half. Slower is believed at once, but only of a submit that was meant to be long
 * and was longer still: what small work takes tells of the browser's own pace, and a block that was cut for
 * such a speed took 40 times its time. Nothing is learnt of a hidden tab, nor of the time of uploads.
 */
export class WorkSpeed {
	readonly #pace: QueuePace;
	#flopsPerSecond = FIRST_FLOPS_PER_SECOND;
	#isKnown = false;
	/** Of submits too short to be measured by themselves. */
	#collectedFlops = 0;
	#collectedSeconds = 0;

	constructor(pace = new QueuePace()) {
		this.#pace = pace;
	}

	/** False until work took long enough to be measured; until then, wait for each submit. */
	get isKnown(): boolean {
		return this.#isKnown;
	}

	/** As far as it is known. */
	get flopsPerSecond(): number {
		return this.#flopsPerSecond;
	}

	/** Work that takes as long as a submit may, rounded down to a power of two: programs are kept by it. */
	get maxSubmitFlops(): number {
		return 2 ** Math.floor(Math.log2(this.#flopsPerSecond * this.#pace.submitSeconds));
	}

	/** Watches work that was just submitted. Resolves when it is done; never rejects. */
	watch(queue: Pick<GPUQueue, 'onSubmittedWorkDone'>, flops: number): Promise<void> {
		const pace = this.#pace;
		const submitted = performance.now();
		return queue.onSubmittedWorkDone().then(
			() => {
				// The GPU began when the work before was done, if that was later.
				const began = Math.max(submitted, pace.lastDone);
				pace.done();
				if (!this.#isKnown || !pace.isHidden) this.#learn(flops, (pace.lastDone - began) / 1000);
			},
			() => undefined,
		);
	}

	#learn(flops: number, seconds: number): void {
		const meantSeconds = flops / this.#flopsPerSecond;
		const submitSeconds = this.#pace.submitSeconds;
		if (this.#isKnown && seconds > submitSeconds && meantSeconds > submitSeconds / 4) {
			const slower = Math.max(flops / seconds, this.#flopsPerSecond / MOST_FALL);
			this.#set(Math.min(this.#flopsPerSecond, slower));
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
