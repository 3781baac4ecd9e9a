import { type BlockEngineName, engineOfAddress } from '../../engine/block-engine-names.ts';
import { PictureHistory } from '../../history/picture-history.ts';
import { pngCodec } from '../picture/picture.ts';
import { APP_VERSION } from '../page/version.ts';
import { type AttentionPlatform, browserAttention } from '../picture/attention.svelte.ts';
import { type Schedule, afterPause, onNextFrame } from './frame-throttle.ts';
import type { PictureCodec } from '../picture/picture-codec.ts';
import type { PictureStore } from '../history/history.svelte.ts';
import { type KeyValueStorage, browserStorage } from './key-value-storage.ts';
import { randomSeed } from '../compose/seed.ts';

/** What the state takes from the outside world, so that tests can hold the clock. */
export interface Environment {
	readonly schedule: Schedule;
	/** Runs a task once hands have come to rest. */
	readonly pause: Schedule;
	readonly randomSeed: () => number;
	/** Asks the browser to keep what is stored. */
	readonly persist: () => Promise<boolean>;
	readonly storage: KeyValueStorage;
	/** What the page's address asks to be drawn with. */
	readonly askedEngine: () => BlockEngineName | undefined;
	readonly pictures: PictureStore;
	readonly codec: PictureCodec;
	readonly attention: AttentionPlatform;
	/** The address's hash, which is gone afterwards: a reload must not fill the form again. */
	readonly takeHash: () => string;
}

export const browserEnvironment: Environment = {
	schedule: onNextFrame,
	pause: afterPause,
	randomSeed,
	persist: () => navigator.storage.persist(),
	storage: browserStorage,
	askedEngine: () => engineOfAddress(location.search),
	pictures: new PictureHistory({ appVersion: APP_VERSION }),
	codec: pngCodec,
	attention: browserAttention,
	takeHash() {
		const { hash, pathname, search } = location;
		if (hash !== '') history.replaceState(history.state, '', pathname + search);
		return hash;
	},
};
