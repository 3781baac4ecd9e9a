/**
 * Windows resets a GPU whose single piece of work runs 2 s, and one of more than 200 ms freezes the
 * desktop. Half of that is aimed at: kernels differ by a factor of two in speed.
 */
const MOST_SUBMIT_SECONDS = 0.1;
/** To 25 ms: below that, what a submit costs by itself begins to count. */
const MOST_HALVINGS = 2;

/** How a device's queue may be used, and what else goes on in it, whatever it is given to do. */
export class QueuePace {
	#halvings = 0;
	#lastDone = 0;
	/** While the tab is hidden, the browser and the system give it less: that says nothing of the GPU. */
	isHidden = false;

	/** Times that submits were made half as long. */
	get halvings(): number {
		return this.#halvings;
	}

	/** How long one submit may take: half as long each time that the GPU dropped one or hung on one. */
	get submitSeconds(): number {
		return MOST_SUBMIT_SECONDS / 2 ** this.#halvings;
	}

	/** @param times in all; once more, where not given */
	halveSubmits(times = this.#halvings + 1): void {
		this.#halvings = Math.min(MOST_HALVINGS, Math.max(this.#halvings, times));
	}

	/** When work or an upload was last done, by `performance.now`: what is done next did not begin before. */
	get lastDone(): number {
		return this.#lastDone;
	}

	done(): void {
		this.#lastDone = performance.now();
	}
}
