import { describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../../../src/history/history-entry.ts';
import { filterPictures, type PictureFilter } from '../../../src/history/picture-filter.ts';
import { summaryOf } from '../../../src/history/picture-summary.ts';
import type { RecipeSettings } from '../../../src/recipe/recipe-settings.ts';

const PLAIN = { prompt: 'a lighthouse at dusk', seed: 42, width: 1024, height: 768, steps: 8 };

function entry(id: number, recipe: Partial<RecipeSettings>, model = 'demo'): HistoryEntry {
	const thumbnail = new Blob();
	return {
		...{ id, createdAt: id, recipe: { ...PLAIN, ...recipe }, model: { id: model }, warnings: [] },
		thumbnail,
	};
}

const ENTRIES = [
	entry(5, {}),
	entry(4, { prompt: 'A red Fox in snow', seed: 4711 }),
	entry(3, { prompt: '一只橘猫在窗台上', adapters: [{ name: 'Film-Grain', strength: 0.8 }] }),
	entry(2, { prompt: 'a fox and a lighthouse', width: 512, height: 512 }, 'z-image-turbo'),
	entry(1, { negativePrompt: 'fog', sampler: 'res_multistep' }),
];
const SUMMARIES = new Map(ENTRIES.map((one) => [one.id, summaryOf(one)]));
const MARKS = new Map([
	[4, { id: 4, starred: true }],
	[2, { id: 2, starred: false, board: 7 }],
]);

function found(filter: Partial<PictureFilter>): readonly number[] {
	return filterPictures([5, 4, 3, 2, 1], { query: '', ...filter }, SUMMARIES, MARKS);
}

describe('a search', () => {
	it.each([
		['a word in any case', 'FOX', [4, 2]],
		['all of the words, wherever they are', 'lighthouse fox', [2]],
		['a phrase', '"fox in"', [4]],
		['what must not be there', 'fox -lighthouse', [4]],
		['Chinese, which has no spaces', '橘猫', [3]],
		['a seed', '4711', [4]],
		['a size as people write it', '512×512', [2]],
		['an adapter', 'film-grain', [3]],
		['a negative prompt', 'fog', [1]],
		['a sampler by the name that people know', '"res multistep"', [1]],
		['nothing', '  ', [5, 4, 3, 2, 1]],
		['a lone minus', '-', [5, 4, 3, 2, 1]],
		['what is nowhere', 'submarine', []],
	])('finds %s', (_what, query, ids) => {
		expect(found({ query })).toEqual(ids);
	});
});

describe('a filter', () => {
	it.each<[string, Partial<PictureFilter>, readonly number[]]>([
		['stars', { starred: true }, [4]],
		['a board', { board: 7 }, [2]],
		['a model', { model: 'z-image-turbo' }, [2]],
		['a size', { size: '1024x768' }, [5, 4, 3, 1]],
		['an adapter', { adapter: 'Film-Grain' }, [3]],
		['several at once', { query: 'lighthouse', size: '1024x768' }, [5, 1]],
	])('lets %s through', (_what, filter, ids) => {
		expect(found(filter)).toEqual(ids);
	});

	it('keeps back what was not read yet', () => {
		const filter = { query: 'fox' };
		expect(filterPictures([9, 4], filter, SUMMARIES, MARKS)).toEqual([4]);
		expect(filterPictures([9, 4], { query: '', starred: true }, new Map(), MARKS)).toEqual([4]);
	});
});

it('recipes that ask for the same picture of the same model are told by their key', () => {
	const key = (...args: Parameters<typeof entry>): string => summaryOf(entry(...args)).recipe;
	expect(key(1, {})).toBe(key(2, {}));
	expect(key(1, {})).not.toBe(key(1, { seed: 43 }));
	expect(key(1, {})).not.toBe(key(1, {}, 'other'));
	expect(key(1, {})).not.toBe(key(1, { negativePrompt: 'fog' }));
});
