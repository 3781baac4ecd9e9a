import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEntry } from '../../../src/history/history-entry.ts';
import { settingsOf } from '../../../src/recipe/recipe-fields.ts';
import { anyRecipe, plainRecipe } from '../../fixtures/arbitrary-recipe.ts';

const report = {
	...{ promptTokens: 12, totalMilliseconds: 1500, peakGpuBytes: 3, peakWeightBytes: 2 },
	...{ bytesRead: 1, stageMilliseconds: { tokenise: 1, encode: 2, sample: 3, decode: 4 } },
};
const model = { id: 'demo', revision: '1' };
const kept = (recipe: unknown) => ({
	...{ id: 1, createdAt: 5, recipe, model, report, bytes: 10 },
	thumbnail: new Blob(),
});
const PLAIN = { prompt: 'a fox', seed: 7, width: 256, height: 256, steps: 8 };

describe('readEntry', () => {
	it('reads the entries of the first version as they are', () => {
		fc.assert(
			fc.property(plainRecipe, (recipe) => {
				expect(readEntry(kept(recipe))).toEqual({ ...kept(recipe), warnings: [] });
			}),
			{ seed: 1 },
		);
	});

	it('gives any recipe back exactly', () => {
		fc.assert(
			fc.property(anyRecipe, (recipe) => {
				const stored = structuredClone(settingsOf({ ...recipe, modelId: 'demo' } as typeof recipe));
				expect(readEntry(kept(stored))).toMatchObject({ recipe, warnings: [] });
				expect(readEntry(kept(stored))?.recipe).toEqual(recipe);
			}),
			{ numRuns: 500, seed: 2 },
		);
	});

	it('names the settings that a newer version added', () => {
		const entry = readEntry(kept({ ...PLAIN, tiling: true, guidanceScale: 4 }));
		expect(entry?.recipe).toEqual({ ...PLAIN, guidanceScale: 4 });
		expect(entry?.warnings).toEqual([{ problem: 'newer', settings: ['tiling'] }]);
	});

	it('leaves out an option that is damaged, and says so', () => {
		const entry = readEntry(kept({ ...PLAIN, guidanceScale: 'much', adapters: [{}] }));
		expect(entry?.recipe).toEqual(PLAIN);
		expect(entry?.warnings).toEqual([
			{ problem: 'unreadable', field: 'guidanceScale', given: 'much' },
			{ problem: 'unreadable', field: 'adapters', given: '…' },
		]);
	});

	it.each([
		['no object', 'nonsense'],
		['no recipe', kept(undefined)],
		['a recipe without a prompt', kept({ ...PLAIN, prompt: 5 })],
		['a seed that is no number', kept({ ...PLAIN, seed: 'x' })],
		['no report', { ...kept(PLAIN), report: {} }],
		['no stages', { ...kept(PLAIN), report: { ...report, stageMilliseconds: { encode: 1 } } }],
		['a thumbnail that is none', { ...kept(PLAIN), thumbnail: 'x' }],
		['no model', { ...kept(PLAIN), model: {} }],
	])('refuses %s', (_what, value) => {
		expect(readEntry(value)).toBeUndefined();
	});

	it('takes anything at all without throwing', () => {
		const anything = fc.anything({ withNullPrototype: true });
		fc.assert(
			fc.property(anything, fc.dictionary(fc.string(), anything), (value, options) => {
				readEntry(value);
				readEntry(kept(value));
				expect(readEntry(kept({ ...options, ...PLAIN }))).toMatchObject({ recipe: PLAIN });
			}),
			{ numRuns: 3000, seed: 3 },
		);
	});
});
