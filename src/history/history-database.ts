import type { DBSchema, IDBPDatabase } from 'idb';
import type { StoredEntry } from './history-entry.ts';
import { openDatabase } from './open-database.ts';

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

/** @throws HistoryUnavailableError */
export function openHistoryDatabase(name: string, onClose: () => void): Promise<HistoryDatabase> {
	return openDatabase<Schema>({
		name,
		version: 1,
		stores: ['entries', 'pictures'],
		upgrade(database) {
			const entries = database.createObjectStore('entries', { keyPath: 'id', autoIncrement: true });
			entries.createIndex('bytes', 'bytes');
			entries.createIndex('deletedAt', 'deletedAt');
			database.createObjectStore('pictures');
		},
		onClose,
	});
}
