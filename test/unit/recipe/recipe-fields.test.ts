import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIELD_NAMES, RECIPE_FIELDS, writeFields } from '../../../src/recipe/recipe-fields.ts';
import { readSettings } from '../../../src/recipe/restore-recipe.ts';
import { anyRecipe } from '../../fixtures/arbitrary-recipe.ts';

describe('the table of settings', () => {
	it('has a name of its own for each, compressed or not', () => {
		const keys = FIELD_NAMES.flatMap((field) => {
			const { key, isLong } = RECIPE_FIELDS[field];
			return isLong ? [key, `${key}z`, `${key}w`] : [key];
		});
		expect(new Set(keys).size).toBe(keys.length);
		expect(keys).not.toContain('v');
		const labels = FIELD_NAMES.map((field) => RECIPE_FIELDS[field].label).filter(Boolean);
		expect(new Set(labels).size).toBe(labels.length);
	});

	it('reads what it wrote, in either form, and what it read', () => {
		fc.assert(
			fc.property(anyRecipe, fc.constantFrom('link', 'words'), (given, form) => {
				const written = writeFields({ ...given, model: 'demo' }, form);
				const expected = { settings: { ...given, model: 'demo' }, warnings: [] };
				expect(readSettings(Object.fromEntries(written))).toEqual(expected);
				expect(readSettings(expected.settings)).toEqual(expected);
			}),
			{ numRuns: 1000, seed: 1 },
		);
	});

	it('takes anything at all without throwing, and what it takes is sound', () => {
		const hostile = fc.oneof(
			fc.anything({ withBigInt: true, withNullPrototype: true, withTypedArray: true }),
			fc.string({ unit: 'binary' }),
			fc.array(fc.record({ hash: fc.anything(), name: fc.string(), strength: fc.double() })),
		);
		// Of a size, one side alone is worth nothing: tested with the links.
		const fields = FIELD_NAMES.filter((field) => field !== 'width' && field !== 'height');
		const record = fc.dictionary(fc.constantFrom(...fields), hostile);
		fc.assert(
			fc.property(record, (given) => {
				const { settings, warnings } = readSettings(given);
				expect(readSettings(settings)).toEqual({ settings, warnings: [] });
				for (const warning of warnings) {
					if ('given' in warning) expect(warning.given.length).toBeLessThan(30);
				}
			}),
			{ numRuns: 5000, seed: 2 },
		);
	});

	it.each([
		['sampler', 'DPM++ 2M', 'dpmpp_2m'],
		['sampler', 'dpmpp_2m', 'dpmpp_2m'],
		['sampler', 'Euler a', 'euler_ancestral'],
		['sampler', 'res multistep', 'res_multistep'],
		['sampler', 'DPM2', 'dpm_2'],
		['sampler', 'Sampler of 2030', 'Sampler of 2030'],
		['sampler', 'Undefined', undefined],
		['schedule', 'SGM Uniform', 'sgm_uniform'],
		['schedule', 'DDIM', 'ddim_uniform'],
		['schedule', 'Automatic', undefined],
	] as const)('reads the %s %s as %s', (field, name, id) => {
		expect(readSettings({ [field]: name })).toEqual({ settings: { [field]: id }, warnings: [] });
	});
});
