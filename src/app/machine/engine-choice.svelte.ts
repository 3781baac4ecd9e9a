import {
	type BlockEngineName,
	DEFAULT_BLOCK_ENGINE,
	parseBlockEngine,
} from '../../engine/block-engine-names.ts';
import type { KeyValueStorage } from '../studio/key-value-storage.ts';

const STORAGE_KEY = 'shardlight.engine';

/** Which block engine draws: what was chosen here, unless the page's address asks for another. */
export class EngineChoice {
	readonly #storage: KeyValueStorage;
	#chosen: BlockEngineName = $state(DEFAULT_BLOCK_ENGINE);
	/** From the address; wins for as long as the page is open, and is never remembered. */
	readonly asked: BlockEngineName | undefined;

	constructor(storage: KeyValueStorage, asked: BlockEngineName | undefined) {
		this.#storage = storage;
		this.#chosen = parseBlockEngine(storage.read(STORAGE_KEY)) ?? DEFAULT_BLOCK_ENGINE;
		this.asked = asked;
	}

	get name(): BlockEngineName {
		return this.asked ?? this.#chosen;
	}

	choose(name: BlockEngineName): void {
		if (this.asked !== undefined) return;
		this.#chosen = name;
		this.#storage.write(STORAGE_KEY, name);
	}
}
