import type { KeyValueStorage } from '../studio/key-value-storage.ts';

const CHOICES = ['system', 'light', 'dark'] as const;

export type ThemeChoice = (typeof CHOICES)[number];

const STORAGE_KEY = 'shardlight.theme';

/** Whether the page is light or dark. */
export class Theme {
	#storage: KeyValueStorage | undefined;
	#choice: ThemeChoice = $state('system');

	get choice(): ThemeChoice {
		return this.#choice;
	}

	/** What comes after the choice made now. */
	get next(): ThemeChoice {
		return CHOICES[(CHOICES.indexOf(this.#choice) + 1) % CHOICES.length] ?? 'system';
	}

	/** What was chosen before, else what the system shows. */
	start(storage: KeyValueStorage): void {
		this.#storage = storage;
		const read = storage.read(STORAGE_KEY);
		this.#choice = CHOICES.find((choice) => choice === read) ?? 'system';
	}

	choose(choice: ThemeChoice): void {
		this.#choice = choice;
		this.#storage?.write(STORAGE_KEY, choice);
	}
}

/** A page has one theme, so components share this one. */
export const theme = new Theme();
