import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Capabilities } from '../../../src/recipe/capabilities.ts';
import { contentHash } from '../../../src/recipe/content-hash.ts';
import { chosenOptions, unsupportedOptions } from '../../../src/recipe/fit-options.ts';
import { anyOptions } from '../../fixtures/arbitrary-recipe.ts';
import { PLAIN_CAPABILITIES } from '../../fixtures/capabilities.ts';

const ABLE: Capabilities = {
	...PLAIN_CAPABILITIES,
	negativePrompt: true,
	guidanceScale: { least: 1, most: 10, default: 4 },
	samplers: ['euler', 'dpmpp_2m'],
	schedules: ['simple', 'beta'],
	shift: { least: 1, most: 12, default: 3 },
	...{ adapters: true, sourcePicture: true, mask: true, references: 2, controls: ['canny'] },
};

const HASH = contentHash('0123456789abcdef');

describe('a model that can do nothing beside the prompt', () => {
	it('is asked for no option, whatever the recipe', () => {
		fc.assert(
			fc.property(anyOptions, (options) => {
				expect(chosenOptions(options, PLAIN_CAPABILITIES)).toEqual({});
			}),
			{ seed: 1 },
		);
	});

	it.each([
		{ negativePrompt: 'ugly' },
		{ guidanceScale: 4 },
		{ guidanceNormalization: 1 },
		{ sampler: 'dpmpp_2m' },
		{ schedule: 'beta' },
		{ shift: 3 },
		{ adapters: [{ name: 'boats', strength: 1 }] },
		{ sourcePicture: HASH },
		{ sourceMask: HASH },
		{ denoisingStrength: 0.5 },
	])('cannot do %o', (options) => {
		expect(unsupportedOptions(options, PLAIN_CAPABILITIES)).toEqual(Object.keys(options));
	});

	it('does by itself what some recipes say', () => {
		const itself = { guidanceScale: 1, sampler: 'euler', denoisingStrength: 1, adapters: [] };
		expect(unsupportedOptions(itself, PLAIN_CAPABILITIES)).toEqual([]);
	});
});

describe('a model with choices', () => {
	it('keeps what it can do and names the rest', () => {
		const options = { negativePrompt: 'ugly', guidanceScale: 4, sampler: 'heun', shift: 20 };
		expect(chosenOptions(options, ABLE)).toEqual({ negativePrompt: 'ugly', guidanceScale: 4 });
		expect(unsupportedOptions(options, ABLE)).toEqual(['sampler', 'shift']);
	});

	it('looks at as many references as it can', () => {
		const references = [HASH, HASH, HASH].filter((hash) => hash !== undefined);
		expect(unsupportedOptions({ references }, ABLE)).toEqual(['references']);
		expect(unsupportedOptions({ references: references.slice(1) }, ABLE)).toEqual([]);
	});

	it.each([{ guidanceScale: NaN }, { guidanceTruncation: 2 }, { negativePrompt: 'x'.repeat(1e6) }])(
		'cannot do what no model can, #%#',
		(options) => {
			expect(unsupportedOptions(options, ABLE)).toEqual(Object.keys(options));
		},
	);

	it('either keeps an option or names it', () => {
		fc.assert(
			fc.property(anyOptions, (options) => {
				const kept = Object.keys(chosenOptions(options, ABLE));
				const named = unsupportedOptions(options, ABLE);
				expect([...kept, ...named].sort()).toEqual(Object.keys(options).sort());
			}),
			{ seed: 2 },
		);
	});
});
