import type { HistoryChannel } from './history-channel.ts';
import {
	type Board,
	type LibraryDatabase,
	openLibraryDatabase,
	type PictureMark,
} from './library-database.ts';
import { HistoryUnavailableError } from './errors.ts';
import type { HistoryEntry } from './history-entry.ts';
import { isSummary, type PictureSummary, summaryOf } from './picture-summary.ts';

/** Entries read at once: their thumbnails come along. */
const ENTRIES_AT_ONCE = 250;

/** Reads entries of the history. */
export type ReadEntries = (ids: readonly number[]) => Promise<ReadonlyMap<number, HistoryEntry>>;

export interface PictureLibraryOptions {
	readonly entries: ReadEntries;
	readonly channel: HistoryChannel;
	/** Of the database; tests use their own */
	readonly name?: string;
}

/**
 * Stars, boards, and what searches look at. Every method may throw HistoryUnavailableError.
 */
export class PictureLibrary {
	readonly #entries: ReadEntries;
	readonly #channel: HistoryChannel;
	readonly #name: string;
	#opening: Promise<LibraryDatabase> | undefined;

	constructor({ entries, channel, name = 'shardlight-library' }: PictureLibraryOptions) {
		this.#entries = entries;
		this.#channel = channel;
		this.#name = name;
	}

	/** Of all pictures that were starred or put on a board. */
	async marks(): Promise<ReadonlyMap<number, PictureMark>> {
		const marks = await this.#use((database) => database.getAll('marks'));
		return new Map(marks.map((mark) => [mark.id, mark]));
	}

	/** In the order in which they were made. */
	boards(): Promise<readonly Board[]> {
		return this.#use(async (database) => (await database.getAll('boards')) as Board[]);
	}

	star(ids: readonly number[], starred: boolean): Promise<void> {
		return this.#mark(ids, (mark) => ({ ...mark, starred }));
	}

	/** @param board undefined takes them off the one they are on */
	file(ids: readonly number[], board: number | undefined): Promise<void> {
		return this.#mark(ids, ({ id, starred }) => ({ id, starred, ...(board && { board }) }));
	}

	async addBoard(name: string): Promise<Board> {
		const id = await this.#use((database) => database.add('boards', { name }));
		this.#channel.tell();
		return { id, name };
	}

	async renameBoard(board: Board): Promise<void> {
		await this.#use((database) => database.put('boards', board));
		this.#channel.tell();
	}

	/** Its pictures stay, on no board. */
	async removeBoard(id: number): Promise<void> {
		await this.#use((database) => database.delete('boards', id));
		const marks = await this.marks();
		const filed = [...marks.values()].filter(({ board }) => board === id);
		await this.file(
			filed.map((mark) => mark.id),
			undefined,
		);
	}

	/**
	 * What searches look at, of these pictures. Those that were never looked at are read now, and what is
	 * kept of pictures that are gone is forgotten.
	 */
	async summaries(ids: readonly number[]): Promise<ReadonlyMap<number, PictureSummary>> {
		const kept: readonly unknown[] = await this.#use((database) => database.getAll('summaries'));
		const summaries = new Map(kept.filter(isSummary).map((summary) => [summary.id, summary]));
		const missing = ids.filter((id) => !summaries.has(id));
		for (let at = 0; at < missing.length; at += ENTRIES_AT_ONCE) {
			const entries = await this.#entries(missing.slice(at, at + ENTRIES_AT_ONCE));
			const made = Array.from(entries.values(), summaryOf);
			for (const summary of made) summaries.set(summary.id, summary);
			await this.#keep(made);
		}
		const present = new Set(ids);
		const gone = [...summaries.keys()].filter((id) => !present.has(id));
		for (const id of gone) summaries.delete(id);
		return summaries;
	}

	/** Of pictures that are gone for good, nothing is kept. */
	async forget(ids: readonly number[]): Promise<void> {
		if (ids.length === 0) return;
		await this.#use(async (database) => {
			const transaction = database.transaction(['summaries', 'marks'], 'readwrite');
			const stores = [transaction.objectStore('summaries'), transaction.objectStore('marks')];
			await Promise.all(ids.flatMap((id) => stores.map((store) => store.delete(id))));
			await transaction.done;
		});
	}

	/** Closes the database. The next call opens it again. */
	async close(): Promise<void> {
		const opening = this.#opening;
		this.#opening = undefined;
		(await opening)?.close();
	}

	#keep(summaries: readonly PictureSummary[]): Promise<void> {
		return this.#use(async (database) => {
			const { store, done } = database.transaction('summaries', 'readwrite');
			await Promise.all(summaries.map((summary) => store.put(summary)));
			await done;
		});
	}

	async #mark(ids: readonly number[], change: (mark: PictureMark) => PictureMark): Promise<void> {
		await this.#use(async (database) => {
			const { store, done } = database.transaction('marks', 'readwrite');
			await Promise.all(
				ids.map(async (id) => store.put(change((await store.get(id)) ?? { id, starred: false }))),
			);
			await done;
		});
		this.#channel.tell();
	}

	async #use<T>(task: (database: LibraryDatabase) => Promise<T>): Promise<T> {
		this.#opening ??= openLibraryDatabase(this.#name, () => (this.#opening = undefined));
		try {
			return await task(await this.#opening);
		} catch (error) {
			this.#opening = undefined;
			if (!(error instanceof DOMException)) throw error;
			throw new HistoryUnavailableError(error.message);
		}
	}
}
