import { expect, it } from 'vitest';
import { openBlockEngine } from '../../src/engine/open-block-engine.ts';
import { ropeTable } from '../../src/families/layers/rope-table.ts';
import { zImagePositionIds } from '../../src/families/z-image/position-ids.ts';
import { parseZImageConfig } from '../../src/families/z-image/config.ts';
import { ZImageTransformer } from '../../src/families/z-image/transformer.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { ModelGraphs } from '../../src/pipeline/runner/model-graphs.ts';
import { TurnRun } from '../../src/pipeline/runner/turn-run.ts';
import { IndexedDbShardStore } from '../../src/store/indexeddb-shard-store.ts';
import { readSafetensors } from '../fixtures/read-safetensors.ts';
import { relativeL2 } from '../fixtures/relative-l2.ts';
import { shardOf } from '../fixtures/shard-of.ts';
import { syntheticWeight, uniformValues } from '../fixtures/synthetic-weights.ts';

const SEED = 'full-block';
const TOKENS = { image: 256, caption: 32 };
const CONFIG = {
	dim: 3840,
	n_heads: 30,
	n_layers: 1,
	n_refiner_layers: 1,
	cap_feat_dim: 2560,
	axes_dims: [32, 48, 48],
	rope_theta: 256,
};

it.each(['ort', 'fused'] as const)('runs a block of the real model on %s', async (engineName) => {
	const golden = readSafetensors(
		await (await fetch('/test/fixtures/golden/full-block.golden.safetensors')).arrayBuffer(),
	);
	const transformer = new ZImageTransformer(parseZImageConfig(CONFIG));
	const block = transformer.stepBlocks.find(({ id }) => id === 'layers.0');
	if (block === undefined) throw new Error('no layers.0');
	const { bytes, tensors } = shardOf(block, (name, shape) => syntheticWeight(SEED, name, shape));
	expect(bytes.byteLength).toBe(361_820_672);
	const shard = {
		block: block.id,
		name: 'transformer/layers.0',
		byteLength: bytes.byteLength,
		sha256: '',
		tensors,
	};
	const store = new IndexedDbShardStore('full-block-test');
	await store.put('full-block', shard, bytes);

	using context = await GpuContext.open();
	const graphs = new ModelGraphs(await openBlockEngine(engineName, context), [transformer], true);
	const tokens = TOKENS.image + TOKENS.caption;
	const shape = [tokens, CONFIG.dim];
	const ids = zImagePositionIds({
		gridHeight: 16,
		gridWidth: 16,
		captionTokensPadded: TOKENS.caption,
	});
	const rope = ropeTable(
		Int32Array.from([...ids.image, ...ids.caption]),
		CONFIG.axes_dims,
		CONFIG.rope_theta,
	);
	const outputs = await TurnRun.with(
		{
			context,
			store,
			modelId: 'full-block',
			graphs,
			shard: () => shard,
			order: [block],
			weightBytes: 0,
		},
		async (run) => {
			const inputs = {
				x: run.upload(uniformValues(SEED, 'input.x', tokens * CONFIG.dim, 1), shape),
				c: run.upload(uniformValues(SEED, 'input.c', 256, 0), [1, 256]),
				cos: run.upload(rope.cos, [tokens, 64]),
				sin: run.upload(rope.sin, [tokens, 64]),
			};
			const result = await run.run(block, inputs, {
				y: shape,
				attention: shape,
				feed_forward: shape,
			});
			await run.assertFinite('in the full-size block');
			return {
				out: await run.download(result.y),
				attention: await run.download(result.attention),
				feed_forward: await run.download(result.feed_forward),
			};
		},
	);
	await store.delete('full-block', shard);

	for (const [name, values] of Object.entries(outputs)) {
		const samples = golden.get(`${name}.samples`)?.data;
		if (!(samples instanceof Float32Array)) throw new Error(`no ${name}.samples`);
		const picked = samples.map((_, j) => values[(j * 270001) % values.length]);
		const error = relativeL2(picked, samples);
		console.log(engineName, name, error);
		expect(error, name).toBeLessThanOrEqual(1e-5);
	}
});
