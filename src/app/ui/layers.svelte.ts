import { untrack } from 'svelte';

/** Something that lies over the page: a dialog, a drawer, a full view. */
export interface Layer {
	/** True if nothing below it can be used meanwhile. */
	readonly modal: boolean;
}

/** What lies over the page, so that a key means one thing: Escape, and every shortcut, belongs to what is on top. */
export class Layers {
	#open: readonly Layer[] = $state.raw([]);

	/** To be called when a layer opens. Returns what to call when it closes. */
	add(layer: Layer): () => void {
		// Effects open layers, and must not follow how many there are.
		this.#open = [...untrack(() => this.#open), layer];
		return () => (this.#open = untrack(() => this.#open).filter((open) => open !== layer));
	}

	isTop(layer: Layer): boolean {
		return this.#open.at(-1) === layer;
	}

	/** Whether a key is meant for the page itself: never below a modal layer, and Escape below none. */
	pageHears({ key }: Pick<KeyboardEvent, 'key'>): boolean {
		const mayHear = (layer: Layer): boolean => !layer.modal && key !== 'Escape';
		return this.#open.every(mayHear);
	}
}

/** A page has one pile of layers, so components share this one. */
export const layers = new Layers();
