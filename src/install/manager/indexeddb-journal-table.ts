import { del, get, set, type UseStore } from 'idb-keyval';
import { openTable } from '../../store/open-table.ts';
import { writeFailure } from '../../store/storage-full.ts';
import type { InstallJournal, JournalTable } from './install-journal.ts';

/** More than a journal takes. */
const JOURNAL_BYTES = 2 ** 20;

/** Journals in IndexedDB. */
export class IndexedDbJournalTable implements JournalTable {
	readonly #table: UseStore;

	/** @param prefix of the database name; tests use their own */
	constructor(prefix = 'shardlight') {
		this.#table = openTable(`${prefix}-journals`, 'journals');
	}

	async load(modelId: string): Promise<InstallJournal | undefined> {
		const row = await get<unknown>(modelId, this.#table);
		return isJournal(row) && row.modelId === modelId ? row : undefined;
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

/** Databases outlive the code that wrote them: what a row is not believed to be is begun anew. */
function isJournal(row: unknown): row is InstallJournal {
	if (!isObject(row) || row['version'] !== 1) return false;
	const { source, origin, installedBytes, files, shards, open, subnormals, objects } = row;
	return (
		isObject(source) &&
		SOURCES.includes(source['type']) &&
		(source['type'] !== 'files' || Array.isArray(source['handles'])) &&
		typeof origin === 'string' &&
		Number.isSafeInteger(installedBytes) &&
		hasWhole(files, 'byteOffset') &&
		[shards, objects].every((records) => hasWhole(records, 'byteLength')) &&
		isObject(open) &&
		Object.values(open).every(isObject) &&
		isObject(subnormals)
	);
}

const SOURCES: readonly unknown[] = ['hub', 'mirror', 'files', 'shards'];

function hasWhole(records: unknown, field: string): boolean {
	return (
		isObject(records) &&
		Object.values(records).every((each) => isObject(each) && Number.isSafeInteger(each[field]))
	);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
