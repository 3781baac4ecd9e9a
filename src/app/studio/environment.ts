import { type BlockEngineName, engineOfAddress } from '../../engine/block-engine-names.ts';
import { openHistory } from '../../history/open-history.ts';
import { download, pngCodec } from '../picture/picture.ts';
import { APP_VERSION } from '../page/version.ts';
import { type AttentionPlatform, browserAttention } from '../picture/attention.svelte.ts';
import { type Schedule, afterPause, onNextFrame } from './frame-throttle.ts';
import type { PictureCodec } from '../picture/picture-codec.ts';
import type { LibraryStore, PictureStore } from '../history/history.svelte.ts';
import { type DrawingTurn, turnAmongTabs } from '../queue/drawing-turn.ts';
import { type OpenTabs, openTabs } from '../queue/queue-storage.ts';
import {
	type KeptTexts,
	type KeyValueStorage,
	browserStorage,
	tabStorage,
} from './key-value-storage.ts';
import { randomSeed } from '../compose/seed.ts';

/** What the state takes from the outside world, so that tests can hold the clock. */
export interface Environment {
	readonly schedule: Schedule;
	/** Runs a task once hands have come to rest. */
	readonly pause: Schedule;
	readonly randomSeed: () => number;
	/** Asks the browser to keep what is stored. */
	readonly persist: () => Promise<boolean>;
	readonly storage: KeptTexts;
	/** Of this tab alone. */
	readonly tabStorage: KeyValueStorage;
	readonly openTabs: () => OpenTabs;
	readonly drawingTurn: DrawingTurn;
	/** What the page's address asks to be drawn with. */
	readonly askedEngine: () => BlockEngineName | undefined;
	readonly pictures: PictureStore;
	readonly library: LibraryStore;
	/** Calls back whenever another tab changed the history. */
	readonly onHistoryChange: (listener: () => void) => void;
	readonly codec: PictureCodec;
	readonly attention: AttentionPlatform;
	readonly copyText: (text: string) => Promise<void>;
	/** Hands a file to the browser's downloads. */
	readonly download: (file: Blob, name: string) => void;
	/** The address's hash, which is gone afterwards: a reload must not fill the form again. */
	readonly takeHash: () => string;
}

const { pictures, library, channel } = openHistory(APP_VERSION);

export const browserEnvironment: Environment = {
	schedule: onNextFrame,
	pause: afterPause,
	randomSeed,
	persist: () => navigator.storage.persist(),
	storage: browserStorage,
	tabStorage,
	openTabs,
	drawingTurn: turnAmongTabs,
	askedEngine: () => engineOfAddress(location.search),
	pictures,
	library,
	onHistoryChange: (listener) => channel.listen(listener),
	codec: pngCodec,
	attention: browserAttention,
	copyText: (text) => navigator.clipboard.writeText(text),
	download,
	takeHash() {
		const { hash, pathname, search } = location;
		if (hash !== '') history.replaceState(history.state, '', pathname + search);
		return hash;
	},
};
