import type { KeyValueStorage } from '../studio/key-value-storage.ts';

export type SidePane = 'inputs' | 'history';

/** CSS pixels. */
export interface PaneRange {
	readonly least: number;
	readonly most: number;
	readonly default: number;
}

export const PANE_RANGES: Readonly<Record<SidePane, PaneRange>> = {
	inputs: { least: 288, most: 640, default: 368 },
	history: { least: 208, most: 960, default: 288 },
};

const STORAGE_KEY = 'shardlight.panes';

/** How wide the panes beside the picture are; the picture has what is left. */
export class PaneWidths {
	readonly #storage: KeyValueStorage;
	#widths: Readonly<Record<SidePane, number>> = $state.raw({
		inputs: PANE_RANGES.inputs.default,
		history: PANE_RANGES.history.default,
	});

	constructor(storage: KeyValueStorage) {
		this.#storage = storage;
		const [inputs, history] = (storage.read(STORAGE_KEY) ?? '').split(' ').map(Number);
		this.#set('inputs', inputs);
		this.#set('history', history);
	}

	of(pane: SidePane): number {
		return this.#widths[pane];
	}

	resize(pane: SidePane, width: number): void {
		this.#set(pane, width);
		const { inputs, history } = this.#widths;
		this.#storage.write(STORAGE_KEY, `${inputs} ${history}`);
	}

	reset(pane: SidePane): void {
		this.resize(pane, PANE_RANGES[pane].default);
	}

	#set(pane: SidePane, width: number | undefined): void {
		if (width === undefined || !(width > 0)) return;
		const { least, most } = PANE_RANGES[pane];
		const possible = Math.round(Math.min(most, Math.max(least, width)));
		this.#widths = { ...this.#widths, [pane]: possible };
	}
}
