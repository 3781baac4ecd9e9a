import { SvelteMap } from 'svelte/reactivity';
import type { ModelId, Picture } from '../../engine/engine.ts';
import type { HistoryEntry } from '../../history/history-entry.ts';
import { type PictureHistory, UNDO_MILLISECONDS } from '../../history/picture-history.ts';
import type { RecipeWarning } from '../../recipe/recipe-warning.ts';
import { modelOf } from '../picture/picture.ts';
import type { PictureCodec } from '../picture/picture-codec.ts';

/** Where pictures are kept. */
export type PictureStore = Pick<
	PictureHistory,
	'add' | 'ids' | 'entries' | 'png' | 'delete' | 'undoDelete' | 'bytesUsed' | 'exportZip'
>;

export interface ExportProgress {
	readonly done: number;
	readonly total: number;
}

/** The pictures drawn so far: the grid, the one on show, and what was just deleted. */
export class History {
	readonly #store: PictureStore;
	readonly #codec: PictureCodec;
	// Nothing shows it, and reading it must not bring the grid's effect back.
	// eslint-disable-next-line svelte/prefer-svelte-reactivity
	readonly #asked = new Set<number>();

	/** Newest first. */
	ids: readonly number[] = $state.raw([]);
	readonly entries = new SvelteMap<number, HistoryEntry>();
	bytesUsed = $state(0);
	/** The picture on show, if it is kept. */
	currentId: number | undefined = $state();
	opened: Picture | undefined = $state.raw();
	/** Can be brought back. */
	deletedId: number | undefined = $state();
	exporting: ExportProgress | undefined = $state.raw();

	constructor(store: PictureStore, codec: PictureCodec) {
		this.#store = store;
		this.#codec = codec;
	}

	async load(): Promise<void> {
		this.ids = await this.#store.ids();
		this.bytesUsed = await this.#store.bytesUsed();
	}

	/** Reads what the grid is about to show. */
	async need(ids: readonly number[]): Promise<void> {
		const missing = ids.filter((id) => !this.#asked.has(id));
		if (missing.length === 0) return;
		for (const id of missing) this.#asked.add(id);
		const found = await this.#store.entries(missing);
		for (const [id, entry] of found) this.entries.set(id, entry);
	}

	/** Keeps a picture that was just drawn and is on show. */
	async add(picture: Picture): Promise<void> {
		const { recipe, report } = picture;
		const png = await this.#codec.encode(picture);
		const { entry } = await this.#store.add({ recipe, model: modelOf(picture), report, png });
		this.#asked.add(entry.id);
		this.entries.set(entry.id, entry);
		this.ids = [entry.id, ...this.ids];
		if (this.opened === undefined) this.currentId = entry.id;
		this.bytesUsed = await this.#store.bytesUsed();
	}

	/** What of the opened picture's recipe this version cannot read. */
	get warnings(): readonly RecipeWarning[] {
		const entry = this.currentId === undefined ? undefined : this.entries.get(this.currentId);
		return entry?.warnings ?? [];
	}

	/** Puts the picture that is being drawn back on show. */
	leave(): void {
		this.opened = undefined;
		this.currentId = undefined;
	}

	async open(id: number): Promise<void> {
		await this.need([id]);
		const entry = this.entries.get(id);
		if (entry === undefined) return;
		const rgba = await this.#codec.decode(await this.#store.png(id));
		const { recipe, report, model } = entry;
		const { width, height } = recipe;
		this.currentId = id;
		this.opened = {
			recipe: { ...recipe, modelId: model.id as ModelId },
			revision: model.revision,
			...{ width, height, rgba, report },
		};
	}

	/** Opens the neighbour of the picture on show: 1 is older, -1 newer. */
	async step(by: 1 | -1): Promise<void> {
		const at = this.currentId === undefined ? -1 : this.ids.indexOf(this.currentId);
		const next = this.ids[at + by];
		if (at + by >= 0 && next !== undefined) await this.open(next);
	}

	/** With its recipe inside. */
	png(id: number): Promise<Blob> {
		return this.#store.png(id);
	}

	async remove(id: number): Promise<void> {
		await this.#store.delete(id);
		this.deletedId = this.entries.has(id) ? id : undefined;
		// An offer that would fail is none.
		setTimeout(() => {
			if (this.deletedId === id) this.deletedId = undefined;
		}, UNDO_MILLISECONDS);
		await this.load();
	}

	async undo(): Promise<void> {
		const id = this.deletedId;
		if (id === undefined) return;
		this.deletedId = undefined;
		await this.#store.undoDelete(id);
		await this.load();
	}

	/** All pictures as one file. */
	async exportAll(): Promise<Blob> {
		try {
			const stream = await this.#store.exportZip((done, total) => {
				this.exporting = { done, total };
			});
			return await new Response(stream, { headers: { 'Content-Type': 'application/zip' } }).blob();
		} finally {
			this.exporting = undefined;
		}
	}
}
