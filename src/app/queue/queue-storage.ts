import type { KeptTexts } from '../studio/key-value-storage.ts';
import { type Batch, readBatches } from './batch.ts';

const PREFIX = 'shardlight.queue.';

/** Which tabs of this browser are open. */
export interface OpenTabs {
	/** This one's name: unlike any other's. */
	readonly own: string;
	/** Names of those that are open, perhaps this one's too. */
	names(): Promise<ReadonlySet<string>>;
}

/** Each tab's queue under its own name, so that what a tab left behind can be told from what another still draws. */
export class QueueStorage {
	readonly #storage: KeptTexts;
	readonly #tabs: OpenTabs;
	#found: readonly string[] = [];

	constructor(storage: KeptTexts, tabs: OpenTabs) {
		this.#storage = storage;
		this.#tabs = tabs;
	}

	save(batches: readonly Batch[]): void {
		const key = PREFIX + this.#tabs.own;
		if (batches.length === 0) this.#storage.remove(key);
		else this.#storage.write(key, JSON.stringify(batches));
	}

	/** Queues of tabs that were closed, reloaded or crashed. */
	async leftBehind(): Promise<readonly Batch[]> {
		const open = await this.#tabs.names();
		this.#found = this.#storage
			.keys(PREFIX)
			.filter((key) => key !== PREFIX + this.#tabs.own && !open.has(key.slice(PREFIX.length)));
		return this.#found.flatMap((key) => readBatches(this.#storage.read(key)));
	}

	/** What `leftBehind` found, unless another tab took it meanwhile. Nobody finds it again. */
	takeLeftBehind(): readonly Batch[] {
		const found = this.#found;
		this.#found = [];
		const batches = found.flatMap((key) => readBatches(this.#storage.read(key)));
		for (const key of found) this.#storage.remove(key);
		return batches;
	}
}

const LOCK = 'shardlight-tab-';

/** A tab holds a lock under its name for as long as it lives: a crash lets go of it too. */
export function openTabs(): OpenTabs {
	const own = crypto.randomUUID();
	if (!('locks' in navigator)) return { own, names: async () => new Set([own]) };
	const { locks } = navigator;
	void locks.request(LOCK + own, () => new Promise(() => undefined));
	return {
		own,
		async names() {
			const { held = [], pending = [] } = await locks.query();
			const names = [...held, ...pending].map(({ name = '' }) => name);
			const tabs = names.filter((name) => name.startsWith(LOCK));
			return new Set(tabs.map((name) => name.slice(LOCK.length)));
		},
	};
}
