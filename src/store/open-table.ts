import { promisifyRequest, type UseStore } from 'idb-keyval';

/**
 * A database with one table, for the functions of idb-keyval. Unlike a table that those open themselves it does not
 * stand in the way of another tab that deletes the database, and opens it anew when it is next asked for.
 */
export function openTable(databaseName: string, tableName: string): UseStore {
	let opening: Promise<IDBDatabase> | undefined;
	const forget = () => (opening = undefined);
	const open = async (): Promise<IDBDatabase> => {
		const request = indexedDB.open(databaseName);
		request.onupgradeneeded = () => request.result.createObjectStore(tableName);
		const database = await promisifyRequest(request);
		database.onclose = forget;
		database.onversionchange = () => {
			forget();
			database.close();
		};
		return database;
	};
	return async (mode, use) => {
		opening ??= open();
		// One that failed is tried again.
		opening.catch(forget);
		const database = await opening;
		return use(database.transaction(tableName, mode).objectStore(tableName));
	};
}
