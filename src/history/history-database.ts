import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { HistoryUnavailableError } from './errors.ts';
import type { StoredEntry } from './history-entry.ts';

/** Pictures and what the grid shows of them are apart, so that the grid loads no picture. */
interface Schema extends DBSchema {
	entries: {
		key: number;
		value: Omit<StoredEntry, 'id'>;
		indexes: { bytes: number; deletedAt: number };
	};
	/** PNGs under their entry's id */
	pictures: { key: number; value: Blob };
}

export type HistoryDatabase = IDBPDatabase<Schema>;

const VERSION = 1;

/**
 * @param onClose called when the connection ends: another tab upgrades it, or the user clears the data
 * @throws HistoryUnavailableError
 */
export async function openHistoryDatabase(
	name: string,
	onClose: () => void,
): Promise<HistoryDatabase> {
	try {
		return await openDB<Schema>(name, VERSION, {
			upgrade(database) {
				const entries = database.createObjectStore('entries', {
					keyPath: 'id',
					autoIncrement: true,
				});
				entries.createIndex('bytes', 'bytes');
				entries.createIndex('deletedAt', 'deletedAt');
				database.createObjectStore('pictures');
			},
			blocking(_current, _blocked, event) {
				// A newer version in another tab must not wait for this one.
				(event.target as IDBDatabase).close();
				onClose();
			},
			terminated: onClose,
		});
	} catch (error) {
		throw new HistoryUnavailableError(error instanceof Error ? error.message : String(error));
	}
}
