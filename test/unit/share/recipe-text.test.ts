import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentHash } from '../../../src/recipe/content-hash.ts';
import { parseRecipeText, writeRecipeText } from '../../../src/share/recipe-text.ts';
import { anyPrompt, anyRecipe, restored } from '../../fixtures/arbitrary-recipe.ts';
import { costRatio } from '../../fixtures/cost-ratio.ts';

const recipe = { prompt: 'a red circle', seed: 7, width: 256, height: 512, steps: 8 };
const model = { id: 'demo', revision: '1' };
const HASH = contentHash('0123456789ab');
const HALF = { name: 'ink', strength: 0.5 };
const INK = { adapters: [{ ...HALF, hash: HASH }] };
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

	it("writes options in the usual tools' own words and places", () => {
		const options = {
			...{ negativePrompt: 'ugly, blurry', guidanceScale: 4.5, sampler: 'dpmpp_2m' },
			...{ schedule: 'karras', shift: 3, denoisingStrength: 0.6, sourcePicture: HASH },
			adapters: [
				{ hash: HASH, name: 'boats', strength: 0.8 },
				{ hash: HASH, name: 'boats', strength: -1e-7 },
				{ name: 'a: "b"', strength: 1 },
			],
		};
		expect(writeRecipeText({ ...recipe, ...options }, model, '0.1.0')).toBe(
			'a red circle <lora:boats:0.8> <lora:boats_2:0> <lora:a_ _b_:1>\n' +
				'Negative prompt: ugly, blurry\n' +
				'Steps: 8, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 4.5, Seed: 7, Size: 256x512, ' +
				'Model: demo, Model revision: 1, Shift: 3, ' +
				'Lora hashes: "boats: 0123456789ab, boats_2: 0123456789ab, a_ _b_: ", ' +
				'Denoising strength: 0.6, Source picture: 0123456789ab, Version: Shardlight 0.1.0',
		);
	});

	it('leaves tags that somebody typed to the prompt', () => {
		const prompt = 'a quay <lora:boats:1>';
		const adapters = [{ hash: HASH, name: 'boats', strength: 0.5 }];
		for (const given of [
			{ ...recipe, prompt },
			{ ...recipe, prompt, adapters },
		]) {
			const read = parseRecipeText(writeRecipeText(given, model, '0.1.0'));
			expect(read).toMatchObject(restored(given));
		}
	});

	it('is read back exactly, whatever the prompt', () => {
		fc.assert(
			fc.property(anyRecipe, anyPrompt, (given, id) => {
				const text = writeRecipeText(given, { id }, '0.1.0');
				expect(text.isWellFormed() && !text.includes('\0')).toBe(true);
				const read = parseRecipeText(text);
				expect(read).toMatchObject({ ...restored(given), warnings: read.warnings });
				const problems = read.warnings.map((warning) => 'field' in warning && warning.field);
				expect(problems.filter((field) => field !== 'model')).toEqual([]);
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
			negativePrompt: 'ugly, (((deformed))),\n[blurry]',
			...{ guidanceScale: 7, sampler: 'dpmpp_2m', schedule: 'karras' },
			adapters: [{ name: 'blueEyes_v2', strength: 0.8 }],
		});
		expect(read.denoisingStrength, 'that of the second pass').toBeUndefined();
		expect(read.warnings).toEqual([
			{ problem: 'not-drawn', step: 'second-pass', names: ['hires steps: 10'] },
			{ problem: 'not-drawn', step: 'embeddings', names: ['ti: a"b, Seed: 1, c: d'] },
			{ problem: 'not-drawn', step: 'gpu-noise', names: [] },
			{ problem: 'not-drawn', step: 'prompt-weights', names: [] },
		]);
	});

	it.each([
		['Sampler: DPM++ 2M Karras', { sampler: 'dpmpp_2m', schedule: 'karras' }],
		['Sampler: DPM++ 2M SDE', { sampler: 'dpmpp_2m_sde' }],
		['Sampler: DPM++ 2M SDE, Schedule type: Karras', { schedule: 'karras' }],
		['Sampler: euler_ancestral_karras', { sampler: 'euler_ancestral', schedule: 'karras' }],
		['Sampler: euler simple, RNG: cpu', { sampler: 'euler', schedule: 'simple' }],
		['sampler: res_multistep, Scheduler: beta', { sampler: 'res_multistep', schedule: 'beta' }],
		['CFG Scale: 4, Base Model: x', { guidanceScale: 4, model: { id: 'x' } }],
		['Model: a, b: 1, Model: c', { model: { id: 'a' } }],
		['Model: "a, b"', { model: { id: 'a, b' } }],
		['Shift: 9', { shift: 9 }],
		['Shift: 0', {}],
		['Denoising strength: 0.6', { denoisingStrength: 0.6 }],
		['Notes: [a, "b], Seed: 3", Seed: 4], Model: m', { model: { id: 'm' } }],
		['Notes: [not closed, Model: m', { model: { id: 'm' } }],
		['LoRA hashes: "ink: 0123456789ab", LoRA weights: "ink: 0.5"', INK],
		['Civitai resources: [{"type":"lora","weight":0.5,"modelName":"ink"}]', { adapters: [HALF] }],
	])('reads %s', (settings, expected) => {
		const text = `a cat\nSteps: 20, Seed: 1, Size: 512x512, ${settings}`;
		const read = parseRecipeText(text);
		expect(read).toMatchObject({ prompt: 'a cat', seed: 1, ...expected });
		const own = read.warnings.filter(({ problem }) => problem !== 'not-drawn');
		expect(own).toEqual([]);
	});

	it.each([
		['ControlNet 0: "Module: canny, Weight: 1"', 'control'],
		['ADetailer model: face_yolov8n.pt', 'detailer'],
		['Refiner: sd_xl_refiner, Refiner switch at: 0.8', 'refiner'],
		['Variation seed: 5, Variation seed strength: 0.2', 'mixed-noise'],
		['Denoising strength: 0.6', 'source-picture'],
		['Denoising strength: 0.6, Mask blur: 4', 'inpainting'],
		['Styles: "[\'Fooocus V2\']"', 'styles'],
		['RNG: NV', 'gpu-noise'],
		['Version: f2.0.1v1.10.1', 'gpu-noise'],
	])('tells of %s', (settings, step) => {
		const { warnings } = parseRecipeText(`a cat\nSteps: 20, Seed: 1, Size: 512x512, ${settings}`);
		expect(warnings).toContainEqual(expect.objectContaining({ problem: 'not-drawn', step }));
	});

	it.each([
		...[
			'Variation seed: 5, Variation seed strength: 0',
			'RNG: CPU, Version: v1.9.4',
			'Tiling: False',
		],
		...['Denoising strength: 1', 'Clip skip: 2', 'Styles: []'],
	])('is silent about %s', (settings) => {
		const text = `a cat\nSteps: 20, Seed: 1, Size: 512x512, ${settings}`;
		expect(parseRecipeText(text).warnings).toEqual([]);
	});

	it('reads settings above lines that an extension added', () => {
		const text = 'a cat\nSteps: 20, Seed: 1, Size: 512x512\nTemplate: a __pet__\n';
		expect(parseRecipeText(text)).toMatchObject({ prompt: 'a cat', seed: 1 });
	});

	it('reads text without settings as a prompt', () => {
		const text = 'a cat, Seed: 5, and a dog';
		expect(parseRecipeText(text)).toEqual({ prompt: text, warnings: [] });
	});

	it('names the settings of a newer Shardlight, and passes over those of other programs', () => {
		const line = SETTINGS.replace('Version:', 'Grain: 1, "x": y, Ink: 0.5, Version:');
		expect(parseRecipeText(line).warnings).toEqual([
			{ problem: 'newer', settings: ['Grain', 'Ink'] },
		]);
		expect(parseRecipeText(`a cat\n${line.replace('Shardlight', 'v')}`).warnings).toEqual([]);
	});

	it.each([
		['<lora:a>', 1],
		['<lora:a:0.7>', 0.7],
		['<lora:a:0.2:0.7>', 0.7],
		['<lyco:a:te=0.2:unet=0.7>', 0.7],
	])('takes the strength that counts from %s', (tag, strength) => {
		const { prompt, adapters } = parseRecipeText(`a ${tag} cat\nSteps: 20, Seed: 1, Size: 512x512`);
		expect({ prompt, adapters }).toEqual({ prompt: 'a cat', adapters: [{ name: 'a', strength }] });
	});

	it("finds an adapter's hash by its name", () => {
		const read = parseRecipeText(
			'a cat <lora:b:1>\nSteps: 20, Seed: 1, Size: 512x512, Lora hashes: "a: 000000000000, b: 0123456789AB"',
		);
		expect(read.adapters).toEqual([{ hash: HASH, name: 'b', strength: 1 }]);
	});

	it('reads settings without a prompt', () => {
		expect(parseRecipeText(SETTINGS)).toMatchObject({ prompt: '', seed: 7 });
		const foreign = parseRecipeText('Steps: 20, Seed: 1, Size: 512x512');
		expect(foreign).toMatchObject({ seed: 1, warnings: [{ problem: 'no-prompt' }] });
		expect(foreign.prompt).toBeUndefined();
	});

	it('leaves out what cannot be drawn', () => {
		const text = 'a cat\nSteps: 150, Sampler: Euler, Seed: -1, Size: 500x500';
		const read = parseRecipeText(text);
		expect(read).toMatchObject({ steps: 50, size: { width: 496, height: 496 } });
		expect(read.seed).toBeUndefined();
		expect(read.warnings).toMatchObject([
			{ field: 'seed', problem: 'unreadable', given: '-1' },
			{ field: 'width', problem: 'adjusted', used: 496 },
			{ field: 'height', problem: 'adjusted', used: 496 },
			{ field: 'steps', problem: 'adjusted', given: '150', used: 50 },
		]);
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
		['open brackets', (times: number) => 'ab: [, '.repeat(times)],
		['open quotes', (times: number) => 'ab: \', ab: "x'.repeat(times)],
		['brackets to weigh', (times: number) => '('.repeat(times) + ':'],
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
