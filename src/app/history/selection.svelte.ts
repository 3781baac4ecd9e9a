/* eslint-disable svelte/prefer-svelte-reactivity -- maps and sets that are shown are replaced as a whole, never changed in place */
/** How a click chooses: this one alone is opened, Ctrl adds or takes away, Shift goes as far as here. */
export interface ClickKeys {
	readonly ctrlKey: boolean;
	readonly metaKey: boolean;
	readonly shiftKey: boolean;
}

/** Pictures chosen to do something with. */
export class Selection {
	chosen: ReadonlySet<number> = $state.raw(new Set());
	/** Where a range begins. */
	#anchor: number | undefined;

	/** While pictures are chosen, a tap chooses too. */
	get active(): boolean {
		return this.chosen.size > 0;
	}

	/** @returns whether the click chose; else it is meant to open */
	click(id: number, ids: readonly number[], keys: ClickKeys): boolean {
		const chooses = keys.ctrlKey || keys.metaKey || this.active;
		if (keys.shiftKey) this.extend(id, ids);
		else if (chooses) this.toggle(id);
		else this.#anchor = id;
		return keys.shiftKey || chooses;
	}

	toggle(id: number): void {
		const chosen = new Set(this.chosen);
		if (!chosen.delete(id)) chosen.add(id);
		this.chosen = chosen;
		this.#anchor = id;
	}

	/** From where the last choice was made to here. */
	extend(id: number, ids: readonly number[]): void {
		const [from, to] = [ids.indexOf(this.#anchor ?? id), ids.indexOf(id)].sort((a, b) => a - b);
		if (from === undefined || to === undefined || to < 0) return;
		this.chosen = new Set([...this.chosen, ...ids.slice(Math.max(0, from), to + 1)]);
	}

	all(ids: readonly number[]): void {
		this.chosen = new Set(ids);
	}

	clear(): void {
		this.chosen = new Set();
		this.#anchor = undefined;
	}

	/** Of what is no longer there, nothing stays chosen. */
	keep(ids: readonly number[]): void {
		if (!this.active) return;
		const present = new Set(ids);
		this.chosen = new Set([...this.chosen].filter((id) => present.has(id)));
	}
}
