import { type Schedule, onNextFrame } from './frame-throttle.ts';
import { type KeyValueStorage, browserStorage } from './key-value-storage.ts';
import { randomSeed } from './seed.ts';

/** What the state takes from the outside world, so that tests can hold the clock. */
export interface Environment {
	readonly schedule: Schedule;
	readonly randomSeed: () => number;
	/** Milliseconds, from any start. */
	readonly now: () => number;
	readonly storage: KeyValueStorage;
}

export const browserEnvironment: Environment = {
	schedule: onNextFrame,
	randomSeed,
	now: () => performance.now(),
	storage: browserStorage,
};
