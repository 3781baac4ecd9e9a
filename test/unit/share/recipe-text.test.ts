import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRecipeText, writeRecipeText } from '../../../src/share/recipe-text.ts';
import { costRatio } from '../../fixtures/cost-ratio.ts';
import { anyPrompt, anyRecipe } from './arbitrary-recipe.ts';

const recipe = { prompt: 'a red circle', seed: 7, width: 256, height: 512, steps: 8 };
const model = { id: 'demo', revision: '1' };
const SETTINGS =
	'Steps: 8, Sampler: Euler, CFG scale: 1, Seed: 7, Size: 256x512, Model: demo, Model revision: 1, ' +
	'Version: Shardlight 0.1.0';

describe('writeRecipeText', () => {
	it('writes the form that the usual tools read', () => {
		expect(writeRecipeText(recipe, model, '0.1.0')).toBe(`a red circle\n${SETTINGS}`);
	});

	it('quotes values that would end too early', () => {
		const text = writeRecipeText(recipe, { id: 'a, "b": c\nd' }, '0.1.0');
		expect(text).toContain(String.raw`Model: "a, \"b\": c\nd", Version`);
	});

	it('says a prompt that looks like settings exactly', () => {
		const prompt = 'a sign\nNegative prompt: none\nSteps: 1, Seed: 2, Size: 16x16, Model: x';
		const text = writeRecipeText({ ...recipe, prompt }, model, '0.1.0');
		expect(text.endsWith(`${SETTINGS}, Prompt: ${JSON.stringify(prompt)}`)).toBe(true);
		expect(parseRecipeText(text)).toMatchObject({ prompt, seed: 7, steps: 8, warnings: [] });
	});

	it('is read back exactly, whatever the prompt', () => {
		fc.assert(
			fc.property(anyRecipe, anyPrompt, (given, id) => {
				const { prompt, seed, width, height, steps } = given;
				const text = writeRecipeText(given, { id }, '0.1.0');
				expect(text.isWellFormed() && !text.includes('\0')).toBe(true);
				const read = parseRecipeText(text);
				expect(read).toMatchObject({ prompt, seed, steps, size: { width, height } });
				if (read.model !== undefined) expect(read.model.id).toBe(id);
			}),
			{ numRuns: 2000, seed: 1 },
		);
	});
});

describe('parseRecipeText', () => {
	it('reads what AUTOMATIC1111 writes', () => {
		const text = [
			"girl with an artist's beret, (determined:1.2),",
			'desert scene <lora:blueEyes_v2:0.8>',
			'Negative prompt: ugly, (((deformed))),',
			'[blurry]',
			'Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 965400086, ' +
				'Size: 512x768, Model hash: 45dee52b, Model: anything-v5, Denoising strength: 0.5, ' +
				'Hires steps: 10, Lora hashes: "blueEyes_v2: 1a2b, other: 3c4d", ' +
				'TI: "a\\"b, Seed: 1, c: d", Version: v1.9.4',
		].join('\n');
		const read = parseRecipeText(text);
		expect(read).toMatchObject({
			prompt: "girl with an artist's beret, (determined:1.2),\ndesert scene",
			...{ seed: 965400086, steps: 20, size: { width: 512, height: 768 } },
			model: { id: 'anything-v5' },
		});
		expect(read.warnings.map(({ problem }) => problem)).toEqual(['negative-prompt', 'lora']);
	});

	it('reads settings above lines that an extension added', () => {
		const text = 'a cat\nSteps: 20, Seed: 1, Size: 512x512\nTemplate: a __pet__\n';
		expect(parseRecipeText(text)).toMatchObject({ prompt: 'a cat', seed: 1 });
	});

	it('reads text without settings as a prompt', () => {
		const text = 'a cat, Seed: 5, and a dog';
		expect(parseRecipeText(text)).toEqual({ prompt: text, warnings: [] });
	});

	it('reads settings without a prompt', () => {
		expect(parseRecipeText(SETTINGS)).toMatchObject({ prompt: '', seed: 7 });
	});

	it('leaves out what cannot be drawn', () => {
		const text = 'a cat\nSteps: 150, Sampler: Euler, Seed: -1, Size: 500x500';
		const read = parseRecipeText(text);
		expect(read).toMatchObject({ steps: 50, size: { width: 496, height: 496 } });
		expect(read.seed).toBeUndefined();
		expect(read.warnings.map(({ field }) => field)).toEqual(['seed', 'steps', 'width', 'height']);
	});

	it.each([
		['a long word', (times: number) => 'x'.repeat(times)],
		['short words', (times: number) => 'x '.repeat(times)],
		['a long quote', (times: number) => `a: "${'x'.repeat(times)}`],
		['quotes', (times: number) => 'ab:"'.repeat(times)],
		['escaped quotes', (times: number) => 'ab: "\\"'.repeat(times)],
		['spaces', (times: number) => ' '.repeat(times) + 'x'],
		['colons', (times: number) => 'ab: '.repeat(times)],
		['tags', (times: number) => '<lora:'.repeat(times)],
		['settings lines', (times: number) => 'Steps: \n'.repeat(times)],
	])('takes time in proportion to the length of %s', (_what, textOf) => {
		const short = textOf(2_000);
		const long = textOf(16_000);
		const ratio = costRatio(
			() => parseRecipeText(long),
			() => parseRecipeText(short),
		);
		// 8 in proportion, 64 where the time grows with the square.
		expect(ratio).toBeLessThan(24);
	});
});
