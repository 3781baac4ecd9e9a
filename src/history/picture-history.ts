import { settingsOf } from '../recipe/recipe-fields.ts';
import type { ModelReference, RecipeSettings } from '../recipe/recipe-settings.ts';
import { embedRecipe } from '../share/pictures/embed-recipe.ts';
import { pictureFileName } from '../share/picture-file-name.ts';
import { HistoryFullError, HistoryUnavailableError, PictureLostError } from './errors.ts';
import type { HistoryChannel } from './history-channel.ts';
import { type HistoryDatabase, openHistoryDatabase } from './history-database.ts';
import {
	type HistoryEntry,
	type PictureReport,
	type StoredEntry,
	readEntry,
} from './history-entry.ts';
import { makeThumbnail } from './make-thumbnail.ts';

/** How long a deletion can be undone, and the page should offer it. */
export const UNDO_MILLISECONDS = 30_000;

export interface NewPicture {
	readonly recipe: RecipeSettings;
	readonly model: ModelReference;
	readonly report: PictureReport;
	readonly png: Blob;
}

/** A picture that was drawn somewhere else, or here and exported. */
export interface BroughtPicture {
	readonly recipe: RecipeSettings;
	readonly model: ModelReference;
	/** Milliseconds since 1970 */
	readonly createdAt: number;
	/** Kept byte by byte */
	readonly file: Blob;
}

export interface KeptPicture {
	readonly entry: HistoryEntry;
	/** With its recipe inside: what to save and share */
	readonly png: Blob;
}

export interface PictureHistoryOptions {
	/** Written into PNGs, for example `0.1.0` */
	readonly appVersion: string;
	/** Of the database; tests use their own */
	readonly name?: string;
	/** Milliseconds since 1970; tests hold the clock */
	readonly now?: () => number;
	/** Other tabs hear of every change. */
	readonly channel?: HistoryChannel;
	/** Hears of pictures that are gone for good. */
	readonly onPurge?: (ids: readonly number[]) => void;
}

/**
 * Every picture that was drawn, in IndexedDB. Lists hold ids and thumbnails only: pictures stay on
 * disk until they are opened.
 *
 * Every method may also throw HistoryUnavailableError.
 */
export class PictureHistory {
	readonly #name: string;
	readonly #appVersion: string;
	readonly #now: () => number;
	readonly #channel: HistoryChannel | undefined;
	readonly #onPurge: (ids: readonly number[]) => void;
	#opening: Promise<HistoryDatabase> | undefined;

	constructor(options: PictureHistoryOptions) {
		const { appVersion, name = 'shardlight-history', now = Date.now, channel } = options;
		this.#onPurge = options.onPurge ?? (() => undefined);
		this.#appVersion = appVersion;
		this.#name = name;
		this.#now = now;
		this.#channel = channel;
	}

	/**
	 * Keeps a picture, with its recipe written into the PNG.
	 *
	 * @throws HistoryFullError, after which earlier pictures are as before; PngError, or the browser's
	 * DOMException for a PNG that it cannot decode
	 */
	async add({ recipe, model, report, png }: NewPicture): Promise<KeptPicture> {
		const settings = settingsOf(recipe);
		const plain = new Uint8Array(await png.arrayBuffer());
		const bytes = await embedRecipe(plain, settings, model, this.#appVersion);
		const kept = new Blob([bytes], { type: 'image/png' });
		const thumbnail = await makeThumbnail(png);
		const entry = { createdAt: this.#now(), recipe: settings, model, report, thumbnail };
		const id = await this.#store({ ...entry, bytes: kept.size + thumbnail.size }, kept);
		return { entry: { ...entry, id, warnings: [] }, png: kept };
	}

	/**
	 * Keeps a picture's file as it is.
	 *
	 * @throws HistoryFullError, or the browser's DOMException for a file that it cannot decode
	 */
	async bring({ recipe, model, createdAt, file }: BroughtPicture): Promise<HistoryEntry> {
		const thumbnail = await makeThumbnail(file);
		const entry = { createdAt, recipe: settingsOf(recipe), model, thumbnail };
		const id = await this.#store({ ...entry, bytes: file.size + thumbnail.size }, file);
		return { ...entry, id, warnings: [] };
	}

	/** All pictures that are not deleted, newest first: the rows of the grid. */
	async ids(): Promise<readonly number[]> {
		const { entries, deleted } = await this.#keys();
		return entries.filter((id) => !deleted.has(id)).reverse();
	}

	/**
	 * A page of the grid, for ids of `ids()`. Damaged entries are missing from the result: they can
	 * still be deleted.
	 */
	async entries(ids: readonly number[]): Promise<ReadonlyMap<number, HistoryEntry>> {
		const values: readonly unknown[] = await this.#use(async (database) => {
			const { store, done } = database.transaction('entries');
			const [read] = await Promise.all([Promise.all(ids.map((id) => store.get(id))), done]);
			return read;
		});
		const found = values.map(readEntry).filter((entry) => entry !== undefined);
		return new Map(found.map((entry) => [entry.id, entry]));
	}

	/**
	 * The PNG, with its recipe inside. It stays on disk until its bytes are read.
	 *
	 * @throws PictureLostError
	 */
	async png(id: number): Promise<Blob> {
		const png: unknown = await this.#use((database) => database.get('pictures', id));
		if (!(png instanceof Blob)) throw new PictureLostError(id);
		return png;
	}

	/** Takes pictures out of the lists. For 30 s `undoDelete` brings them back; then they are gone. */
	async delete(ids: readonly number[]): Promise<void> {
		const deletedAt = this.#now();
		await this.#use(async (database) => {
			const transaction = database.transaction(['entries', 'pictures'], 'readwrite');
			const entries = transaction.objectStore('entries');
			const deleteOne = async (id: number): Promise<unknown> => {
				const value = await entries.get(id);
				if (value !== undefined && readEntry(value) !== undefined) {
					return entries.put({ ...value, deletedAt });
				}
				// Nothing that could be shown again.
				return Promise.all([entries.delete(id), transaction.objectStore('pictures').delete(id)]);
			};
			await Promise.all(ids.map(deleteOne));
			await transaction.done;
		});
		this.#channel?.tell();
		// Opening the history does the same: the page may be closed before.
		setTimeout(() => void this.purge().catch(() => undefined), UNDO_MILLISECONDS + 1);
	}

	/**
	 * @throws PictureLostError after the time to undo, once those that are still there were brought back
	 */
	async undoDelete(ids: readonly number[]): Promise<void> {
		const lost = await this.#use(async (database) => {
			const { store, done } = database.transaction('entries', 'readwrite');
			const values = await Promise.all(ids.map((id) => store.get(id)));
			const found = values.filter((value) => value !== undefined);
			await Promise.all(found.map((value) => store.put({ ...value, deletedAt: undefined })));
			await done;
			return ids.find((_, at) => values[at] === undefined);
		});
		this.#channel?.tell();
		if (lost !== undefined) throw new PictureLostError(lost);
	}

	/** Removes what was deleted more than 30 s ago for good. Happens by itself. */
	async purge(): Promise<void> {
		await this.#use((database) => this.#purge(database));
	}

	/** Bytes of each picture that is not deleted, with its thumbnail. */
	async sizes(): Promise<ReadonlyMap<number, number>> {
		const { deleted } = await this.#keys();
		return this.#use(async (database) => {
			const { store, done } = database.transaction('entries');
			const sizes = new Map<number, number>();
			// Keys alone: the sizes are read without the entries.
			let cursor = await store.index('bytes').openKeyCursor(numbers());
			while (cursor !== null) {
				if (!deleted.has(cursor.primaryKey)) sizes.set(cursor.primaryKey, cursor.key);
				cursor = await cursor.continue();
			}
			await done;
			return sizes;
		});
	}

	/**
	 * Pictures as a zip, in this order. Each is read when the stream comes to it, so memory holds one;
	 * those that cannot be read are left out.
	 *
	 * @param onPicture called with the number of pictures written so far
	 */
	async exportZip(
		ids: readonly number[],
		onPicture: (done: number) => void = () => undefined,
	): Promise<ReadableStream<Uint8Array>> {
		// Not every visit exports: the page starts without it.
		const { makeZip } = await import('client-zip');
		return makeZip(this.#zipFiles(ids, onPicture));
	}

	/** Closes the database. The next call opens it again. */
	async close(): Promise<void> {
		const opening = this.#opening;
		this.#opening = undefined;
		(await opening)?.close();
	}

	async *#zipFiles(
		ids: readonly number[],
		onPicture: (done: number) => void,
	): AsyncGenerator<{ name: string; lastModified: Date; input: ArrayBuffer }> {
		for (const [index, id] of ids.entries()) {
			const bytes = await this.png(id)
				.then((png) => png.arrayBuffer())
				.catch(() => undefined);
			const entry = (await this.entries([id])).get(id);
			if (bytes !== undefined) {
				const number = String(id).padStart(5, '0');
				const name = pictureFileName(entry?.recipe, number);
				yield { name, lastModified: new Date(entry?.createdAt ?? this.#now()), input: bytes };
			}
			onPicture(index + 1);
		}
	}

	async #store(entry: Omit<StoredEntry, 'id'>, png: Blob): Promise<number> {
		const stored = await this.#use(async (database) => {
			// One transaction: an entry without its picture, or the other way round, cannot exist.
			const transaction = database.transaction(['entries', 'pictures'], 'readwrite');
			try {
				const id = await transaction.objectStore('entries').add(entry);
				await transaction.objectStore('pictures').put(png, id);
				await transaction.done;
				return id;
			} catch (error) {
				await transaction.done.catch(() => undefined);
				throw transaction.error ?? error;
			}
		});
		this.#channel?.tell();
		return stored;
	}

	#keys(): Promise<{ entries: readonly number[]; deleted: ReadonlySet<number> }> {
		return this.#use(async (database) => {
			const { store, done } = database.transaction('entries');
			const [entries, deleted] = await Promise.all([
				store.getAllKeys(numbers()),
				store.index('deletedAt').getAllKeys(),
				done,
			]);
			return { entries, deleted: new Set(deleted) };
		});
	}

	/** Runs a task on the open database, and gives what the browser throws a name. */
	async #use<T>(task: (database: HistoryDatabase) => Promise<T>): Promise<T> {
		const database = await this.#open();
		try {
			return await task(database);
		} catch (error) {
			if (!(error instanceof DOMException)) throw error;
			// The next call starts afresh. After a full disk this is more than caution: Chrome goes on
			// counting bytes that found no room until the connection closes, and then nothing fits.
			await this.close();
			if (error.name === 'QuotaExceededError') throw new HistoryFullError();
			throw new HistoryUnavailableError(error.message);
		}
	}

	async #purge(database: HistoryDatabase): Promise<void> {
		const transaction = database.transaction(['entries', 'pictures'], 'readwrite');
		const entries = transaction.objectStore('entries');
		const past = IDBKeyRange.upperBound(this.#now() - UNDO_MILLISECONDS);
		const ids = await entries.index('deletedAt').getAllKeys(past);
		const pictures = transaction.objectStore('pictures');
		await Promise.all(ids.flatMap((id) => [entries.delete(id), pictures.delete(id)]));
		await transaction.done;
		if (ids.length > 0) this.#onPurge(ids);
	}

	#open(): Promise<HistoryDatabase> {
		this.#opening ??= this.#openAndPurge().catch((error: unknown) => {
			this.#opening = undefined;
			throw error;
		});
		return this.#opening;
	}

	async #openAndPurge(): Promise<HistoryDatabase> {
		const database = await openHistoryDatabase(this.#name, () => {
			this.#opening = undefined;
		});
		await this.#purge(database);
		return database;
	}
}

/** A damaged record may have any key; to IndexedDB text is larger than every number. */
function numbers(): IDBKeyRange {
	return IDBKeyRange.bound(0, Number.MAX_SAFE_INTEGER);
}
