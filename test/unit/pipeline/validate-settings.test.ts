import { describe, expect, it } from 'vitest';
import type { RecipeOptions } from '../../../src/recipe/recipe-settings.ts';
import {
	EmptyPromptError,
	InvalidRecipeError,
	UnsupportedOptionsError,
} from '../../../src/pipeline/errors.ts';
import { PLAIN_CAPABILITIES } from '../../fixtures/capabilities.ts';
import { validateSettings } from '../../../src/pipeline/validate-settings.ts';

const GOOD = { prompt: 'a red circle', seed: 1, width: 256, height: 256, steps: 8 };
const check = (change: Partial<typeof GOOD> & RecipeOptions) => () => {
	validateSettings({ ...GOOD, ...change }, PLAIN_CAPABILITIES);
};

const saying = (data: object): object =>
	expect.objectContaining({
		data: expect.objectContaining(data) as object,
	}) as object;

describe('validateSettings', () => {
	it('accepts the extremes', () => {
		expect(check({})).not.toThrow();
		expect(check({ seed: 0, steps: 1, width: 16, height: 8192 })).not.toThrow();
		expect(check({ seed: Number.MAX_SAFE_INTEGER, steps: 50 })).not.toThrow();
	});

	it('asks for a prompt', () => {
		expect(check({ prompt: ' \n' })).toThrow(EmptyPromptError);
	});

	it('names the nearest size that works', () => {
		const width = { field: 'width', value: 250, least: 16, multiple: 16, nearest: 256 };
		expect(check({ width: 250 })).toThrow(saying(width));
		expect(check({ height: 9000 })).toThrow(saying({ field: 'height', nearest: 8192 }));
	});

	it.each([
		{ seed: -1 },
		{ seed: 0.5 },
		{ seed: 2 ** 53 },
		{ steps: 0 },
		{ steps: 51 },
		{ width: NaN },
	])('refuses %o', (change) => {
		expect(check(change)).toThrow(InvalidRecipeError);
	});

	it('refuses options that the model does not have, and names them', () => {
		const asked = { negativePrompt: 'ugly', guidanceScale: 4, sampler: 'euler' };
		expect(check(asked)).toThrow(UnsupportedOptionsError);
		expect(check(asked)).toThrow(saying({ options: ['negativePrompt', 'guidanceScale'] }));
	});

	it('takes options that say what the model does anyway', () => {
		expect(check({ guidanceScale: 1, sampler: 'euler', adapters: [] })).not.toThrow();
	});
});
