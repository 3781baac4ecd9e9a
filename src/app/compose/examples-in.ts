import type { Locale } from '../i18n/language.svelte.ts';

/** The examples in the page's language, or all if none is. */
export function examplesIn(locale: Locale, examples: readonly string[]): readonly string[] {
	const isChinese = locale === 'zh-Hans';
	const spoken = examples.filter((example) => /\p{Script=Han}/u.test(example) === isChinese);
	return spoken.length > 0 ? spoken : examples;
}
