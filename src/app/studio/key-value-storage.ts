/** A few short texts that survive a reload. */
export interface KeyValueStorage {
	read(key: string): string | undefined;
	write(key: string, value: string): void;
}

/** Also for texts of which nobody knows how many there are. */
export interface KeptTexts extends KeyValueStorage {
	remove(key: string): void;
	/** Of the keys in it, those that begin so. */
	keys(prefix: string): readonly string[];
}

/** @param open may throw where the browser gives none: the page works then, and forgets */
function storageOf(open: () => Storage): KeptTexts {
	const attempt = <Result>(act: (storage: Storage) => Result): Result | undefined => {
		try {
			return act(open());
		} catch {
			// Blocked or full: the next visit starts from the defaults.
			return undefined;
		}
	};
	return {
		read: (key) => attempt((storage) => storage.getItem(key)) ?? undefined,
		write: (key, value) => attempt((storage) => storage.setItem(key, value)),
		remove: (key) => attempt((storage) => storage.removeItem(key)),
		keys: (prefix) =>
			attempt((storage) => Object.keys(storage).filter((key) => key.startsWith(prefix))) ?? [],
	};
}

/** Of all tabs, for good. */
export const browserStorage = storageOf(() => localStorage);

/** Of this tab alone, until it is closed; over reloads and crashes. */
export const tabStorage = storageOf(() => sessionStorage);
