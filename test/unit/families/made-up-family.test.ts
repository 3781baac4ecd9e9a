import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { PlannedGraph } from '../../../src/gpu/fused/plan/planned-graph.ts';
import { planFusedRun } from '../../../src/gpu/fused/run/plan-fused-run.ts';
import { InstalledModel } from '../../../src/pipeline/installed-model.ts';
import { LoadedModel } from '../../../src/pipeline/loaded-model.ts';
import { measurePicture } from '../../../src/pipeline/measure-picture.ts';
import type { ModelManifest } from '../../../src/store/model-manifest.ts';
import { MOSAIC } from '../../fixtures/families/mosaic/family.ts';
import { installMosaic } from '../../fixtures/families/mosaic/install-mosaic.ts';
import { H100 } from '../../fixtures/full-size-model.ts';
import { MemoryShardStore } from '../../fixtures/memory-shard-store.ts';

const TOKENIZER = new URL('../../../public/models/demo/tokenizer/', import.meta.url);
const EXTENT = { width: 32, height: 16, steps: 3 };

describe('a family that src has never heard of', () => {
	const store = new MemoryShardStore();
	let manifest: ModelManifest;
	let installed: InstalledModel;
	let model: LoadedModel;

	beforeAll(async () => {
		manifest = await installMosaic(
			store,
			async (name) => new Uint8Array(readFileSync(new URL(name, TOKENIZER))),
		);
		installed = await InstalledModel.open('mosaic', store, [MOSAIC]);
		model = new LoadedModel(installed, {
			load: () => Promise.reject(new Error('Nothing runs here')),
			scratchBytes: (graph, run) => planFusedRun(new PlannedGraph(graph), run, H100).scratchBytes,
			fallbackReason: () => undefined,
			prepare: () => undefined,
		});
	});

	it('is installed with all of its components and tokenizers', async () => {
		expect(
			Object.entries(manifest.components).map(([id, { shards }]) => [id, shards.length]),
		).toEqual([
			['text_encoder', 3],
			['text_encoder_2', 3],
			['transformer', 5],
			['vae', 13],
		]);
		expect(Object.keys(manifest.tokenizers)).toEqual(['tokenizer', 'tokenizer_2']);
		expect(await store.manifest('mosaic')).toEqual(manifest);
	});

	it('reads a prompt with both of its tokenizers, and no more of it than its limit', () => {
		const { ids, tokens, promptTokens } = installed.tokenize('a star '.repeat(20));
		expect(Object.values(ids).map((each) => each.length)).toEqual([16, 16]);
		expect(tokens).toBe(16);
		expect(promptTokens).toBeGreaterThan(16);
	});

	it('is planned turn by turn, each block of a guided step twice in a row', async () => {
		const needs = await measurePicture(model, EXTENT);
		expect(needs.isExact).toBe(true);
		expect(needs.turns.map(({ name, stage }) => `${stage}: ${name}`)).toEqual([
			'encode: text_encoder',
			'encode: text_encoder_2',
			'sample: sample',
			'decode: decode',
		]);
		const [, , { order, rounds }] = needs.turns;
		expect(rounds).toEqual({ before: 2, blocks: [7, 7, 7] });
		expect(order).toHaveLength(2 + 3 * 7);
		expect(order.slice(0, 9).map(({ id }) => id.replace('transformer/', ''))).toEqual([
			...['pool', 'pool', 'embed'],
			...['layers.0', 'layers.0', 'layers.1', 'layers.1', 'final', 'final'],
		]);
	});

	it('runs each block once where it is not guided', async () => {
		const needs = await measurePicture(model, { ...EXTENT, guidanceScale: 1 });
		expect(needs.turns[2]?.rounds).toEqual({ before: 1, blocks: [4, 4, 4] });
	});

	it('spends more steps at high noise on a larger picture', () => {
		const middle = (size: number) =>
			installed.model.schedule.sigmas(2, { width: size, height: size }, {})[1];
		expect(middle(128)).toBeGreaterThan(middle(32) ?? 1);
	});
});
