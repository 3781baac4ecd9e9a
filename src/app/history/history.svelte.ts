/* eslint-disable svelte/prefer-svelte-reactivity -- maps and sets that are shown are replaced as a whole, never changed in place */
import { SvelteMap } from 'svelte/reactivity';
import type { ModelId, Picture } from '../../engine/engine.ts';
import type { HistoryEntry } from '../../history/history-entry.ts';
import type { ImportReport } from '../../history/import-pictures.ts';
import type { Board, PictureMark } from '../../history/library-database.ts';
import { oldestBeyond } from '../../history/oldest-beyond.ts';
import { type PictureHistory, UNDO_MILLISECONDS } from '../../history/picture-history.ts';
import type { PictureLibrary } from '../../history/picture-library.ts';
import { summaryOf } from '../../history/picture-summary.ts';
import type { RecipeWarning } from '../../recipe/recipe-warning.ts';
import { modelOf } from '../picture/picture.ts';
import type { PictureCodec } from '../picture/picture-codec.ts';
import { HistoryFilter } from './history-filter.svelte.ts';
import type { HistoryLimit } from './history-limit.svelte.ts';
import { Selection } from './selection.svelte.ts';

/** Where pictures are kept. */
export type PictureStore = Pick<
	PictureHistory,
	'add' | 'bring' | 'ids' | 'entries' | 'png' | 'delete' | 'undoDelete' | 'sizes' | 'exportZip'
>;

/** Where stars, boards and summaries are kept. */
export type LibraryStore = Pick<
	PictureLibrary,
	'marks' | 'boards' | 'star' | 'file' | 'addBoard' | 'renameBoard' | 'removeBoard' | 'summaries'
>;

export interface WorkProgress {
	readonly done: number;
	/** Absent while nobody knows. */
	readonly total?: number;
}

/** Pictures that can be brought back together. */
export interface Deletion {
	readonly ids: readonly number[];
}

/** The pictures drawn so far: the grid, the one on show, and what was just deleted. */
export class History {
	readonly #store: PictureStore;
	readonly #library: LibraryStore;
	readonly #codec: PictureCodec;
	// Nothing shows it, and reading it must not bring the grid's effect back.
	readonly #asked = new Set<number>();
	readonly filter = new HistoryFilter();
	readonly selection = new Selection();

	/** Newest first. */
	ids: readonly number[] = $state.raw([]);
	readonly entries = new SvelteMap<number, HistoryEntry>();
	marks: ReadonlyMap<number, PictureMark> = $state.raw(new Map());
	boards: readonly Board[] = $state.raw([]);
	#sizes: ReadonlyMap<number, number> = $state.raw(new Map());
	readonly bytesUsed = $derived([...this.#sizes.values()].reduce((sum, bytes) => sum + bytes, 0));
	/** The picture on show, if it is kept. */
	currentId: number | undefined = $state();
	opened: Picture | undefined = $state.raw();
	/** Can be brought back, the last one first. */
	deletions: readonly Deletion[] = $state.raw([]);
	exporting: WorkProgress | undefined = $state.raw();
	importing: WorkProgress | undefined = $state.raw();
	/** Of `ids`, those that the filter lets through. */
	readonly shown: readonly number[] = $derived(this.filter.apply(this.ids, this.marks));

	constructor(
		store: PictureStore,
		library: LibraryStore,
		codec: PictureCodec,
		readonly limit: HistoryLimit,
	) {
		this.#store = store;
		this.#library = library;
		this.#codec = codec;
	}

	/** Also after another tab changed something. */
	async load(): Promise<void> {
		const ids = await this.#store.ids();
		this.ids = ids;
		this.selection.keep(ids);
		[this.#sizes, this.marks, this.boards] = await Promise.all([
			this.#store.sizes(),
			this.#library.marks(),
			this.#library.boards(),
		]);
		if (this.filter.summaries !== undefined) await this.#summarise();
	}

	/** Reads what the grid is about to show. */
	async need(ids: readonly number[]): Promise<void> {
		const missing = ids.filter((id) => !this.#asked.has(id));
		if (missing.length === 0) return;
		for (const id of missing) this.#asked.add(id);
		const found = await this.#store.entries(missing);
		for (const [id, entry] of found) this.entries.set(id, entry);
	}

	/** Reads what a search looks at, once one is made. */
	async needSummaries(): Promise<void> {
		if (this.filter.summaries === undefined) await this.#summarise();
	}

	/** Keeps a picture that was just drawn and is on show. */
	async add(picture: Picture): Promise<void> {
		const { recipe, report } = picture;
		if (report === undefined) return;
		const png = await this.#codec.encode(picture);
		const kept = await this.#store.add({ recipe, model: modelOf(picture), report, png });
		const { entry } = kept;
		this.#asked.add(entry.id);
		this.entries.set(entry.id, entry);
		this.ids = [entry.id, ...this.ids];
		const { summaries } = this.filter;
		if (summaries !== undefined) {
			this.filter.summaries = new Map([...summaries, [entry.id, summaryOf(entry)]]);
		}
		if (this.opened === undefined) this.currentId = entry.id;
		this.#sizes = new Map([...this.#sizes, [entry.id, kept.png.size + entry.thumbnail.size]]);
	}

	/**
	 * Deletes the oldest pictures until the rest stays within a limit, but none that was starred or put on a
	 * board, and not the newest.
	 *
	 * @returns how many
	 */
	async keepWithin(limitBytes: number): Promise<number> {
		const { ids, marks } = this;
		const isProtected = (id: number): boolean =>
			id === ids[0] || this.isStarred(id) || marks.get(id)?.board !== undefined;
		const goes = oldestBeyond(limitBytes, { ids, sizes: this.#sizes, isProtected });
		if (goes.length > 0) await this.remove(goes);
		return goes.length;
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
		const pixels = await this.#codec.decode(await this.#store.png(id));
		const { recipe, report, model } = entry;
		this.currentId = id;
		this.opened = {
			recipe: { ...recipe, modelId: model.id as ModelId },
			revision: model.revision,
			...pixels,
			report,
		};
	}

	/** Opens the neighbour of the picture on show: 1 is older, -1 newer. */
	async step(by: 1 | -1): Promise<void> {
		const at = this.currentId === undefined ? -1 : this.shown.indexOf(this.currentId);
		const next = this.shown[at + by];
		if (at + by >= 0 && next !== undefined) await this.open(next);
	}

	/** With its recipe inside. */
	png(id: number): Promise<Blob> {
		return this.#store.png(id);
	}

	async remove(ids: readonly number[]): Promise<void> {
		await this.#store.delete(ids);
		// What cannot be read is not brought back.
		const deletion = { ids: ids.filter((id) => !this.#asked.has(id) || this.entries.has(id)) };
		if (deletion.ids.length > 0) this.deletions = [deletion, ...this.deletions];
		// An offer that would fail is none.
		setTimeout(() => {
			this.deletions = this.deletions.filter((other) => other !== deletion);
		}, UNDO_MILLISECONDS);
		await this.load();
	}

	/** Brings back what was deleted last; once more, what was deleted before that. */
	async undo(): Promise<void> {
		const [last, ...earlier] = this.deletions;
		if (last === undefined) return;
		this.deletions = earlier;
		await this.#store.undoDelete(last.ids);
		await this.load();
	}

	isStarred(id: number): boolean {
		return this.marks.get(id)?.starred ?? false;
	}

	/** Stars all of them, or none if all are starred. */
	async toggleStar(ids: readonly number[]): Promise<void> {
		await this.#library.star(ids, !ids.every((id) => this.isStarred(id)));
		this.marks = await this.#library.marks();
	}

	/** @param board undefined takes them off the one they are on */
	async file(ids: readonly number[], board: number | undefined): Promise<void> {
		await this.#library.file(ids, board);
		this.marks = await this.#library.marks();
	}

	/** Makes a board and puts pictures on it. */
	async addBoard(name: string, ids: readonly number[] = []): Promise<void> {
		const { id } = await this.#library.addBoard(name);
		if (ids.length > 0) await this.#library.file(ids, id);
		await this.load();
	}

	async renameBoard(board: Board): Promise<void> {
		await this.#library.renameBoard(board);
		this.boards = await this.#library.boards();
	}

	async removeBoard(id: number): Promise<void> {
		if (this.filter.board === id) this.filter.board = undefined;
		await this.#library.removeBoard(id);
		await this.load();
	}

	/** Pictures as one file. */
	async exportZip(ids: readonly number[]): Promise<Blob> {
		const total = ids.length;
		try {
			const stream = await this.#store.exportZip(ids, (done) => (this.exporting = { done, total }));
			return await new Response(stream, { headers: { 'Content-Type': 'application/zip' } }).blob();
		} finally {
			this.exporting = undefined;
		}
	}

	/** Brings pictures of files in, each once. @returns what became of them; undefined while others come in */
	async bring(files: AsyncIterable<File>, total?: number): Promise<ImportReport | undefined> {
		if (this.importing !== undefined) return undefined;
		this.importing = { done: 0, total };
		try {
			await this.#summarise();
			const known = [...(this.filter.summaries?.values() ?? [])];
			const onFile = (done: number): void => void (this.importing = { done, total });
			// Few visits import: the page starts without it.
			const { importPictures } = await import('../../history/import-pictures.ts');
			return await importPictures(files, { history: this.#store, known, onFile });
		} finally {
			this.importing = undefined;
			await this.load();
		}
	}

	async #summarise(): Promise<void> {
		this.filter.summaries = await this.#library.summaries(this.ids);
	}
}
