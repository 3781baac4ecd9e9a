import { createStore, del, get, set, type UseStore } from 'idb-keyval';
import { writeFailure } from '../../store/storage-full.ts';
import type { InstallJournal, JournalTable } from './install-journal.ts';

/** More than a journal takes. */
const JOURNAL_BYTES = 2 ** 20;

/** Journals in IndexedDB. */
export class IndexedDbJournalTable implements JournalTable {
	readonly #table: UseStore;

	/** @param prefix of the database name; tests use their own */
	constructor(prefix = 'shardlight') {
		this.#table = createStore(`${prefix}-journals`, 'journals');
	}

	async load(modelId: string): Promise<InstallJournal | undefined> {
		const journal = await get<{ readonly version: number }>(modelId, this.#table);
		return journal?.version === 1 ? (journal as InstallJournal) : undefined;
	}

	async save(journal: InstallJournal): Promise<void> {
		try {
			await set(journal.modelId, journal, this.#table);
		} catch (error) {
			throw writeFailure(error, JOURNAL_BYTES);
		}
	}

	async delete(modelId: string): Promise<void> {
		await del(modelId, this.#table);
	}
}
