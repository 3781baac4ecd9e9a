import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseGenerateOptions } from '../../../cli/generate-options.ts';
import { recipeOfFile } from '../../../cli/recipe-options.ts';
import { UsageError } from '../../../cli/usage-error.ts';
import { writeWorkflow } from '../../../src/share/comfy/write-workflow.ts';

const PROMPT = ['--prompt', 'a fox'];

describe('parseGenerateOptions', () => {
	it('leaves to the model what was not asked for', () => {
		const options = parseGenerateOptions(PROMPT);
		expect(options).toMatchObject({ prompt: 'a fox', output: 'result.png', gpu: 'auto' });
		expect(options.seed).toBeUndefined();
		expect(options.steps).toBeUndefined();
		expect(options.width).toBeUndefined();
		expect(options.model).toBeUndefined();
		expect(options.budgetBytes).toBeUndefined();
	});

	it('reads every option', () => {
		const args =
			'--seed 7 --steps 4 --width 256 --height 512 --model demo --install test --output a/b.PNG --json';
		expect(parseGenerateOptions([...PROMPT, ...args.split(' '), '--gpu=software'])).toMatchObject({
			seed: 7,
			steps: 4,
			width: 256,
			height: 512,
			model: 'demo',
			install: { type: 'folder', path: 'test' },
			output: 'a/b.PNG',
			json: true,
			gpu: 'software',
		});
	});

	it.each([
		['2GB', 2e9],
		['2.5 gb', 2.5e9],
		['1500MB', 1.5e9],
		['4GiB', 2 ** 32],
	])('reads a budget of %s', (text, bytes) => {
		expect(parseGenerateOptions([...PROMPT, '--budget', text]).budgetBytes).toBe(bytes);
	});

	it.each([
		['docs', { type: 'folder', path: 'docs' }],
		['hub', { type: 'hub', layout: 'comfy' }],
		['https://example.org/a/', { type: 'shards', url: 'https://example.org/a/' }],
		['http://example.org/a', { type: 'shards', url: 'http://example.org/a/' }],
		['https://example.org/a/manifest.json', { type: 'shards', url: 'https://example.org/a/' }],
	])('installs from %s', (text, choice) => {
		expect(parseGenerateOptions([...PROMPT, '--install', text]).install).toEqual(choice);
	});

	it('installs from a mirror of the hub', () => {
		const args = [...PROMPT, '--install', 'hub', '--mirror', 'https://hf-mirror.com'];
		const choice = { type: 'mirror', baseUrl: 'https://hf-mirror.com', layout: 'comfy' };
		expect(parseGenerateOptions(args).install).toEqual(choice);
	});

	it('reads the prompt from a file, without the line break at its end', () => {
		const file = join(mkdtempSync(join(tmpdir(), 'shardlight-')), 'prompt.txt');
		writeFileSync(file, 'a fox\nin snow\r\n');
		expect(parseGenerateOptions(['--prompt-file', file]).prompt).toBe('a fox\nin snow');
	});

	it('reads a size in one word, and how many pictures', () => {
		const args = [...PROMPT, '--size', '1024x768', '--count', '3'];
		expect(parseGenerateOptions(args)).toMatchObject({ width: 1024, height: 768, count: 3 });
	});

	it('takes port 0 for an address that no other run has', () => {
		expect(parseGenerateOptions([...PROMPT, '--port', '0']).port).toBe(0);
		expect(parseGenerateOptions(PROMPT).port).toBeGreaterThan(0);
	});

	it('keeps the largest seed exact', () => {
		const seed = Number.MAX_SAFE_INTEGER;
		expect(parseGenerateOptions([...PROMPT, '--seed', String(seed)]).seed).toBe(seed);
	});

	it.each([
		[[], '--prompt is missing'],
		[['--prompt', '  '], 'The prompt is empty'],
		[['--prompt', 'x'.repeat(100_001)], 'longer than 100000'],
		[[...PROMPT, '--prompt-file', 'README.md'], 'exclude each other'],
		[['--prompt-file', 'no/such'], '--prompt-file cannot be read'],
		[[...PROMPT, '--count', '0'], '--count must be a whole number from 1'],
		[[...PROMPT, '--count', '2', '--seed', `${Number.MAX_SAFE_INTEGER}`], '--seed'],
		[[...PROMPT, '--size', '1024'], '--size must look like 1024x768'],
		[[...PROMPT, '--size', '1000x1000'], '--size must be a multiple of 16, not 1000'],
		[[...PROMPT, '--size', '8208x16'], 'from 16 to 8192'],
		[[...PROMPT, '--size', '64x64', '--width', '64'], '--size goes without --width'],
		[[...PROMPT, '--steps', '51'], '--steps must be a whole number from 1 to 50'],
		[[...PROMPT, '--seed', '1.5'], '--seed'],
		[[...PROMPT, '--seed', '-1'], '--seed'],
		[[...PROMPT, '--seed', '9007199254740992'], '--seed'],
		[[...PROMPT, '--seed', ''], '--seed'],
		[[...PROMPT, '--steps', '0'], '--steps'],
		[[...PROMPT, '--width', '1e3'], '--width'],
		[[...PROMPT, '--width', '1000'], '--width must be a multiple of 16'],
		[[...PROMPT, '--port', '65536'], '--port must be a whole number from 0 to 65535'],
		[[...PROMPT, '--install', 'no/such'], '--install names no/such, which is no folder'],
		[[...PROMPT, '--gpu', 'tpu'], '--gpu'],
		[[...PROMPT, '--budget', '2'], '2GB'],
		[[...PROMPT, '--budget', '0GB'], '--budget'],
		[[...PROMPT, '--budget', '2 TB'], '--budget'],
		[[...PROMPT, '--output', 'a.jpg'], '.png'],
		[[...PROMPT, '--colour'], '--colour'],
		[[...PROMPT, '--mirror', 'https://hf-mirror.com'], '--install hub'],
		[[...PROMPT, '--install', 'hub', '--mirror', 'hf-mirror.com'], 'https://'],
		[[...PROMPT, 'stray'], 'stray'],
	])('refuses %j', (args, mentions) => {
		const parse = (): unknown => parseGenerateOptions(args);
		expect(parse).toThrow(UsageError);
		expect(parse).toThrow(mentions);
	});
});

describe('what not every model can do', () => {
	it('is read as recipes of links are', () => {
		const { options } = parseGenerateOptions([
			...['--prompt', 'a cat', '--negative', 'blurry', '--guidance', '4.5', '--shift', '6'],
			...['--sampler', 'Euler a', '--schedule', 'SGM Uniform', '--rng', 'NV', '--eta', '0.5'],
		]);
		expect(options).toEqual({
			...{ negativePrompt: 'blurry', guidanceScale: 4.5, shift: 6, eta: 0.5 },
			...{ sampler: 'euler_ancestral', schedule: 'sgm_uniform', noiseSource: 'nv' },
		});
	});

	it.each([
		['--sampler', 'dpm_adaptive'],
		['--schedule', 'never'],
		['--guidance', 'much'],
		['--shift', '-1'],
	])('refuses %s %s before Chrome starts', (flag, value) => {
		expect(() => parseGenerateOptions(['--prompt', 'a cat', flag, value])).toThrow(UsageError);
	});

	it('needs no prompt where a file may have one', () => {
		expect(parseGenerateOptions(['--from', 'a.png'])).toMatchObject({ from: 'a.png' });
	});
});

describe('recipeOfFile', () => {
	it('takes the settings of a ComfyUI graph', async () => {
		const folder = mkdtempSync(join(tmpdir(), 'shardlight-from-'));
		const path = join(folder, 'graph.json');
		const recipe = {
			...{ prompt: 'a lighthouse', seed: 7, width: 512, height: 768, steps: 9 },
			...{ sampler: 'res_multistep', schedule: 'beta', guidanceScale: 4, shift: 6 },
		};
		const graph = writeWorkflow({
			...{ recipe, defaults: { shift: 3, guidanceScale: 1 }, sigmas: new Float32Array() },
			files: { transformer: 'z', textEncoder: 'q', textEncoderType: 'lumina2', vae: 'v' },
		});
		writeFileSync(path, JSON.stringify(graph.toPrompt()));
		const { width, height, ...rest } = recipe;
		expect(await recipeOfFile(path)).toMatchObject({ ...rest, size: { width, height } });
		await expect(recipeOfFile(join(folder, 'nothing.png'))).rejects.toThrow(UsageError);
		rmSync(folder, { recursive: true });
	});
});
