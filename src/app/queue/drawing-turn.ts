export interface TurnOptions<Result> {
	readonly task: () => Promise<Result>;
	/** Called if another tab draws at the moment. */
	readonly onWait: () => void;
	/** Ends the waiting; a task that was begun goes on. */
	readonly signal: AbortSignal;
}

/**
 * Runs a task once no other tab of this browser draws.
 *
 * @throws AbortError after the signal; what the task throws
 */
export type DrawingTurn = <Result>(options: TurnOptions<Result>) => Promise<Result>;

const LOCK = 'shardlight-drawing';

/** Two pictures at once on one GPU take longer than one after the other, and twice the memory. */
export const turnAmongTabs: DrawingTurn = async ({ task, onWait, signal }) => {
	// Only secure pages have locks; the others have no WebGPU either.
	if (!('locks' in navigator)) return task();
	const { locks } = navigator;
	const held = (await locks.query()).held ?? [];
	if (held.some(({ name }) => name === LOCK)) onWait();
	return locks.request(LOCK, { signal }, task);
};
