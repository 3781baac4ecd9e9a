/** A few short texts that survive a reload. */
export interface KeyValueStorage {
	read(key: string): string | undefined;
	write(key: string, value: string): void;
}

/** `localStorage`, where the browser gives one. Without it the page works and forgets. */
export const browserStorage: KeyValueStorage = {
	read(key) {
		try {
			return localStorage.getItem(key) ?? undefined;
		} catch {
			return undefined;
		}
	},
	write(key, value) {
		try {
			localStorage.setItem(key, value);
		} catch {
			// Blocked or full: the next visit starts from the defaults.
		}
	},
};
