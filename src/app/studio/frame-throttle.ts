/** Runs a task soon, once. Returns a function that calls it off. */
export type Schedule = (task: () => void) => () => void;

/** Hidden tabs get no animation frames, but their title should go on telling the progress. */
const WITHOUT_FRAME_MILLISECONDS = 250;

export const onNextFrame: Schedule = (task) => {
	const cancel = (): void => {
		cancelAnimationFrame(frame);
		clearTimeout(timer);
	};
	const run = (): void => {
		cancel();
		task();
	};
	const frame = requestAnimationFrame(run);
	const timer = setTimeout(run, WITHOUT_FRAME_MILLISECONDS);
	return cancel;
};

/** Long enough to span the steps of a slider that moves, too short to be waited for. */
const PAUSE_MILLISECONDS = 150;

export const afterPause: Schedule = (task) => {
	const timer = setTimeout(task, PAUSE_MILLISECONDS);
	return () => clearTimeout(timer);
};

/** Events come by the thousand; the page needs to hear of them once a frame. */
export class FrameThrottle {
	readonly #schedule: Schedule;
	readonly #task: () => void;
	#cancel: (() => void) | undefined;

	constructor(task: () => void, schedule: Schedule) {
		this.#task = task;
		this.#schedule = schedule;
	}

	request(): void {
		this.#cancel ??= this.#schedule(() => {
			this.#cancel = undefined;
			this.#task();
		});
	}

	cancel(): void {
		this.#cancel?.();
		this.#cancel = undefined;
	}
}
