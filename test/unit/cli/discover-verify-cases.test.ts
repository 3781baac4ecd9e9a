import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverVerifyCases } from '../../../cli/discover-verify-cases.ts';

const Z_IMAGE = '{"cap_feat_dim": 64}';
let folder: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'verify-'));
});
afterEach(() => {
	rmSync(folder, { recursive: true });
});

function write(files: Readonly<Record<string, string>>): void {
	for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

describe('discoverVerifyCases', () => {
	it('pairs each weights layout with each golden file', () => {
		write({
			'dit.config.json': Z_IMAGE,
			'dit.diffusers.safetensors': '',
			'dit.comfy.safetensors': '',
			'dit.golden.safetensors': '',
			'dit.golden2.safetensors': '',
		});
		const { cases, problems } = discoverVerifyCases(folder);
		expect(problems).toEqual([]);
		expect(cases.map(({ weightsFile, goldenFile }) => [weightsFile, goldenFile])).toEqual([
			['dit.diffusers.safetensors', 'dit.golden.safetensors'],
			['dit.diffusers.safetensors', 'dit.golden2.safetensors'],
			['dit.comfy.safetensors', 'dit.golden.safetensors'],
			['dit.comfy.safetensors', 'dit.golden2.safetensors'],
		]);
		expect(cases[0]).toMatchObject({ name: 'dit', kind: 'z-image', layout: 'diffusers' });
		expect(cases[0]?.config).toEqual({ cap_feat_dim: 64 });
	});

	it.each([
		['{"cap_feat_dim": 64}', 'z-image'],
		['{"block_out_channels": [32, 64]}', 'autoencoder-kl'],
		['{"vocab_size": 151936}', 'qwen3'],
	])('tells by its fields what %s describes', (config, kind) => {
		write({ 'a.config.json': config, 'a.weights.safetensors': '', 'a.golden.safetensors': '' });
		expect(discoverVerifyCases(folder).cases).toMatchObject([{ kind, layout: 'weights' }]);
	});

	it('finds adapters of a network beside its golden file of them, and says which is missing', () => {
		const adapters = [{ adapter: 'never-seen', strength: -0.5 }];
		write({
			'net.config.json': Z_IMAGE,
			'net.diffusers.safetensors': '',
			'net.golden.safetensors': '',
			'net.lora.golden.safetensors': '',
			'net.lora.golden.json': JSON.stringify({
				cases: { 'never-seen@-0.5': { adapters, rows: 'every 4th row (0, 4, ...)' } },
			}),
		});
		const missing = discoverVerifyCases(folder);
		expect(missing.problems).toEqual(['net: net.lora-never-seen.safetensors is missing.']);
		expect(missing.cases.map(({ goldenFile }) => goldenFile)).toEqual(['net.golden.safetensors']);
		write({ 'net.lora-never-seen.safetensors': '' });
		const { cases, problems } = discoverVerifyCases(folder);
		expect(problems).toEqual([]);
		expect(cases[1]).toMatchObject({
			goldenFile: 'net.lora.golden.safetensors',
			adapters: {
				inputsFile: 'net.golden.safetensors',
				cases: [
					{
						name: 'never-seen@-0.5',
						rowStride: 4,
						adapters: [{ file: 'net.lora-never-seen.safetensors', strength: -0.5 }],
					},
				],
			},
		});
	});

	it('says that weights are missing, and goes on with the other cases', () => {
		write({
			'dit.config.json': Z_IMAGE,
			'dit.golden.safetensors': '',
			'make-weights.mjs': '',
			'vae.config.json': '{"block_out_channels": [32]}',
			'vae.original.safetensors': '',
			'vae.golden.safetensors': '',
		});
		const { cases, problems } = discoverVerifyCases(folder);
		expect(cases.map(({ name }) => name)).toEqual(['vae']);
		expect(problems).toHaveLength(1);
		expect(problems[0]).toMatch(/^dit: weights missing.*node make-weights\.mjs/);
	});

	it('speaks of make-weights.mjs only where it exists', () => {
		write({ 'dit.config.json': Z_IMAGE, 'dit.golden.safetensors': '' });
		expect(discoverVerifyCases(folder).problems[0]).not.toContain('make-weights');
	});

	it.each([
		['{', 'is not JSON'],
		['{"hidden_size": 1}', 'has none of'],
		['[]', 'has none of'],
	])('refuses the config %s', (config, mentions) => {
		write({ 'a.config.json': config, 'a.weights.safetensors': '', 'a.golden.safetensors': '' });
		const { cases, problems } = discoverVerifyCases(folder);
		expect(cases).toEqual([]);
		expect(problems[0]).toContain(mentions);
	});

	it('leaves unrelated files alone', () => {
		write({
			'README.md': '',
			'tsconfig.config.json': '{}',
			'full-block.golden.json': '{}',
			'full-block.golden.safetensors': '',
			'torch-randn.safetensors': '',
			'a.config.json': Z_IMAGE,
			'a.golden.json': '{}',
			'a.weights.safetensors': '',
		});
		expect(discoverVerifyCases(folder)).toEqual({ cases: [], problems: [] });
	});
});
