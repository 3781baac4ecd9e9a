import { Formats } from '../format.ts';
import type { KeyValueStorage } from '../studio/key-value-storage.ts';
import { chinese } from './chinese.ts';
import { english } from './english.ts';
import type { Messages } from './messages.ts';

export type Locale = 'en' | 'zh-Hans';

const STORAGE_KEY = 'shardlight.language';

const CATALOGUES: Readonly<Record<Locale, Messages>> = {
	en: english(new Formats('en')),
	'zh-Hans': chinese(new Formats('zh-Hans')),
};

/** The first of a person's languages that the page speaks; English for people of other languages. */
export function detectLocale(languages: readonly string[]): Locale {
	for (const tag of languages) {
		const [primary] = tag.toLowerCase().split('-');
		if (primary === 'en') return 'en';
		if (primary === 'zh') return 'zh-Hans';
	}
	return 'en';
}

/** The language the page speaks now. */
export class Language {
	#storage: KeyValueStorage | undefined;
	#locale: Locale = $state('en');

	get locale(): Locale {
		return this.#locale;
	}

	get messages(): Messages {
		return CATALOGUES[this.#locale];
	}

	/** What was chosen before, else what the browser's owner reads. */
	start(storage: KeyValueStorage, languages: readonly string[]): void {
		this.#storage = storage;
		const chosen = storage.read(STORAGE_KEY);
		this.#locale = chosen === 'en' || chosen === 'zh-Hans' ? chosen : detectLocale(languages);
	}

	toggle(): void {
		this.#locale = this.#locale === 'en' ? 'zh-Hans' : 'en';
		this.#storage?.write(STORAGE_KEY, this.#locale);
	}
}

/** A page has one language, so components share this one. */
export const language = new Language();
