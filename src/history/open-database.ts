import {
	type DBSchema,
	type IDBPDatabase,
	type OpenDBCallbacks,
	type StoreNames,
	openDB,
} from 'idb';
import { HistoryUnavailableError } from './errors.ts';

export interface DatabasePlan<Schema extends DBSchema> {
	readonly name: string;
	/** Raised for what older pages can go on without: they open a newer database all the same. */
	readonly version: number;
	readonly stores: readonly StoreNames<Schema>[];
	readonly upgrade: NonNullable<OpenDBCallbacks<Schema>['upgrade']>;
	/** Called when the connection ends: another tab upgrades it, or the user clears the data. */
	readonly onClose: () => void;
}

/**
 * Opens a database, also one that a newer page wrote, as long as it has the stores that this one knows.
 *
 * @throws HistoryUnavailableError
 */
export async function openDatabase<Schema extends DBSchema>(
	plan: DatabasePlan<Schema>,
): Promise<IDBPDatabase<Schema>> {
	const { name, version, stores, upgrade, onClose } = plan;
	const callbacks: OpenDBCallbacks<Schema> = {
		upgrade,
		blocking(_current, _blocked, event) {
			// A newer version in another tab must not wait for this one.
			(event.target as IDBDatabase).close();
			onClose();
		},
		terminated: onClose,
	};
	try {
		const database = await openDB<Schema>(name, version, callbacks).catch((error: unknown) => {
			const isNewer = error instanceof DOMException && error.name === 'VersionError';
			if (!isNewer) throw error;
			return openDB<Schema>(name, undefined, callbacks);
		});
		if (stores.every((store) => database.objectStoreNames.contains(store))) return database;
		database.close();
		throw new HistoryUnavailableError(`${name} was changed by a newer version`);
	} catch (error) {
		if (error instanceof HistoryUnavailableError) throw error;
		throw new HistoryUnavailableError(error instanceof Error ? error.message : String(error));
	}
}
