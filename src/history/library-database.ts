import type { DBSchema, IDBPDatabase } from 'idb';
import { openDatabase } from './open-database.ts';
import type { PictureSummary } from './picture-summary.ts';

/** A named collection. A picture is on one at most. */
export interface Board {
	readonly id: number;
	readonly name: string;
}

/** What the user did to a picture, apart from drawing it. */
export interface PictureMark {
	/** The picture's. */
	readonly id: number;
	readonly starred: boolean;
	/** Absent where it is on none. */
	readonly board?: number;
}

/**
 * Beside the pictures, in a database of its own: pages that know nothing of it go on with theirs, and
 * summaries can be made again from the entries.
 */
interface Schema extends DBSchema {
	summaries: { key: number; value: PictureSummary };
	marks: { key: number; value: PictureMark };
	boards: { key: number; value: Omit<Board, 'id'> };
}

export type LibraryDatabase = IDBPDatabase<Schema>;

/** @throws HistoryUnavailableError */
export function openLibraryDatabase(name: string, onClose: () => void): Promise<LibraryDatabase> {
	return openDatabase<Schema>({
		name,
		version: 1,
		stores: ['summaries', 'marks', 'boards'],
		upgrade(database) {
			database.createObjectStore('summaries', { keyPath: 'id' });
			database.createObjectStore('marks', { keyPath: 'id' });
			database.createObjectStore('boards', { keyPath: 'id', autoIncrement: true });
		},
		onClose,
	});
}
