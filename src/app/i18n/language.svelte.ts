import { Formats } from '../format.ts';
import type { KeyValueStorage } from '../studio/key-value-storage.ts';
import type { Messages } from './messages.ts';

export type Locale = 'en' | 'zh-Hans';

const STORAGE_KEY = 'shardlight.language';

/** Fetched when first spoken: a visit reads one of them. */
const CATALOGUES: Readonly<Record<Locale, () => Promise<Messages>>> = {
	en: async () => (await import('./english.ts')).english(new Formats('en')),
	'zh-Hans': async () => (await import('./chinese.ts')).chinese(new Formats('zh-Hans')),
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
	#spoken: { readonly locale: Locale; readonly messages: Messages } | undefined = $state.raw();

	get locale(): Locale {
		return this.#current.locale;
	}

	get messages(): Messages {
		return this.#current.messages;
	}

	/** Speaks what was chosen before, else what the browser's owner reads. */
	async start(storage: KeyValueStorage, languages: readonly string[]): Promise<void> {
		this.#storage = storage;
		const chosen = storage.read(STORAGE_KEY);
		await this.#speak(chosen === 'en' || chosen === 'zh-Hans' ? chosen : detectLocale(languages));
	}

	/** @throws if the other language cannot be fetched; the page then keeps the one it has. */
	async toggle(): Promise<void> {
		const other = this.locale === 'en' ? 'zh-Hans' : 'en';
		await this.#speak(other);
		this.#storage?.write(STORAGE_KEY, other);
	}

	get #current(): { readonly locale: Locale; readonly messages: Messages } {
		if (this.#spoken === undefined) throw new Error('No language was started.');
		return this.#spoken;
	}

	async #speak(locale: Locale): Promise<void> {
		this.#spoken = { locale, messages: await CATALOGUES[locale]() };
	}
}

/** A page has one language, so components share this one. */
export const language = new Language();
