import { describe, expect, test, vi } from 'vitest';
import { Formats } from '../../../src/app/format.ts';
import { chinese } from '../../../src/app/i18n/chinese.ts';
import { english } from '../../../src/app/i18n/english.ts';
import { Language, detectLocale } from '../../../src/app/i18n/language.svelte.ts';
import { FIELD_NAMES } from '../../../src/recipe/recipe-fields.ts';
import { notDrawn, type RecipeWarning } from '../../../src/recipe/recipe-warning.ts';
import { ENGLISH_STEPS } from '../../../src/app/i18n/english-terms.ts';
import { memoryStorage } from './scripted-engine.ts';

const en = english(new Formats('en'));
const zh = chinese(new Formats('zh-Hans'));

/** Every leaf of a catalogue, by its path. */
function leaves(value: unknown, path: string): readonly (readonly [string, unknown])[] {
	if (typeof value !== 'object' || value === null) return [[path, value]];
	return Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}.${key}`));
}

describe('catalogues', () => {
	test('have the same keys, each with a text or with a function of as many values', () => {
		const shape = (messages: unknown): unknown =>
			leaves(messages, '').map(([path, leaf]) => [path, typeof leaf]);
		expect(shape(zh)).toEqual(shape(en));
	});

	test('leave nothing empty', () => {
		for (const [path, leaf] of [...leaves(en, 'en'), ...leaves(zh, 'zh')]) {
			expect(leaf, path).not.toBe('');
		}
	});

	test('nothing in the Chinese one was left in English', () => {
		const allowed = /\.(appName|address|label|exportName|key[A-Z]\w*)$/;
		for (const [path, leaf] of leaves(zh, '')) {
			if (typeof leaf !== 'string' || allowed.test(path)) continue;
			if (path === '.title.idle' || path.startsWith('.language')) continue;
			expect(leaf, path).toMatch(/\p{Script=Han}/u);
		}
	});
});

describe('what is said of a recipe', () => {
	const warnings: readonly RecipeWarning[] = [
		{ problem: 'unreadable', field: 'seed', given: 'x1' },
		{ problem: 'out-of-range', field: 'guidanceScale', given: '900' },
		{ problem: 'adjusted', field: 'steps', given: '99', used: 50 },
		{ problem: 'cut', field: 'negativePrompt' },
		{ problem: 'incomplete', field: 'size' },
		{ problem: 'newer', settings: [] },
		{ problem: 'newer', settings: ['tiling', 'eta'] },
		{ problem: 'no-prompt' },
		notDrawn('unknown', ['SomeNode', 'AnotherNode']),
		...Object.keys(ENGLISH_STEPS).map((step) => notDrawn(step as keyof typeof ENGLISH_STEPS)),
	];

	test.each(warnings)('$problem $field', (warning) => {
		const spoken = [en.restore.warning(warning), zh.restore.warning(warning)];
		expect(spoken[1]).toMatch(/\p{Script=Han}/u);
		const data = Object.values({ ...warning, problem: '', field: '', step: '' })
			.flat()
			.filter(Boolean);
		for (const sentence of spoken) {
			expect(sentence).toMatch(/^.{10,200}$/);
			for (const value of data) expect(sentence).toContain(String(value));
		}
	});

	test('names every setting', () => {
		for (const field of FIELD_NAMES) {
			expect(zh.restore.warning({ problem: 'cut', field }), field).toMatch(/^\p{Script=Han}|^S/u);
			expect(en.restore.warning({ problem: 'cut', field }), field).toMatch(/^The [a-z]/);
		}
	});
});

describe('the language', () => {
	test.each([
		[['zh-CN', 'en'], 'zh-Hans'],
		[['fr', 'zh-TW', 'en'], 'zh-Hans'],
		[['en-GB', 'zh'], 'en'],
		[['fr'], 'en'],
		[[], 'en'],
	])('of %j is %s', (languages, locale) => {
		expect(detectLocale(languages)).toBe(locale);
	});

	test('is remembered once chosen', async () => {
		const storage = memoryStorage();
		const first = new Language();
		await first.start(storage, ['en']);
		expect(first.messages.composer.generate).toBe('Generate');
		await first.toggle();
		expect(first.messages.composer.generate).toBe('生成');

		const second = new Language();
		await second.start(storage, ['en']);
		expect(second.locale).toBe('zh-Hans');
	});

	test('changes with its texts, when they have arrived', async () => {
		const language = new Language();
		await language.start(memoryStorage(), ['en']);
		const changed = language.toggle();
		expect([language.locale, language.messages.composer.generate]).toEqual(['en', 'Generate']);
		await changed;
		expect([language.locale, language.messages.composer.generate]).toEqual(['zh-Hans', '生成']);
	});

	test('stays where the other one cannot be fetched', async () => {
		vi.doMock('../../../src/app/i18n/chinese.ts', () => {
			throw new TypeError('Failed to fetch dynamically imported module');
		});
		const storage = memoryStorage();
		const language = new Language();
		await language.start(storage, ['en']);
		await expect(language.toggle()).rejects.toThrow();
		expect([language.locale, language.messages.composer.generate]).toEqual(['en', 'Generate']);
		vi.doUnmock('../../../src/app/i18n/chinese.ts');

		const next = new Language();
		await next.start(storage, ['en']);
		expect(next.locale, 'nothing was chosen').toBe('en');
	});
});

test('lengths of time read naturally', () => {
	expect(new Formats('zh-Hans').duration(125_000)).toBe('2分钟5秒');
});
