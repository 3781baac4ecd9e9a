import * as ort from 'onnxruntime-web/webgpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	AutoencoderKlDecoder,
	parseAutoencoderKlConfig,
} from '../../src/families/vae/autoencoder-kl-decoder.ts';
import type { Block, Component } from '../../src/families/parts/block.ts';
import {
	parseQwen3Config,
	Qwen3TextEncoder,
} from '../../src/families/encoders/qwen3-text-encoder.ts';
import { parseZImageConfig } from '../../src/families/z-image/config.ts';
import { ZImageTransformer } from '../../src/families/z-image/transformer.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { OrtBlockEngine } from '../../src/gpu/ort/ort-block-engine.ts';
import { exportGraph } from '../../lab/export/export-graph.ts';
import { convertComponent } from '../../lab/verify/convert-component.ts';
import { fetchFile } from '../../lab/verify/fetch-file.ts';
import { lowerGraph } from '../../src/onnx/lower-graph.ts';
import { torchRandn } from '../../src/pipeline/sampling/noise/torch-randn.ts';
import { ModelGraphs } from '../../src/pipeline/runner/model-graphs.ts';
import { TurnRun } from '../../src/pipeline/runner/turn-run.ts';
import type { ShardRecord } from '../../src/store/model-manifest.ts';
import { MemoryShardStore } from '../fixtures/memory-shard-store.ts';
import { relativeL2 } from '../fixtures/relative-l2.ts';

/** Small, so that the weights of this width are cut into pieces, as the full model's are on some devices. */
const SPLITTING_BINDING_BYTES = 2 ** 20;
const EXTENTS: Readonly<Record<string, number>> = { tokens: 64, steps: 8, height: 6, width: 5 };
const SHARD_FILE = 'block.bin';
const MODEL = 'export';

const COMPONENTS = [
	{
		weights: 'dit-tiny.comfy.safetensors',
		config: 'dit-tiny.config.json',
		build: (config: unknown) => new ZImageTransformer(parseZImageConfig(config)),
	},
	{
		weights: 'qwen3-tiny.weights.safetensors',
		config: 'qwen3-tiny.config.json',
		build: (config: unknown) => new Qwen3TextEncoder(parseQwen3Config(config), { whole: true }),
	},
	{
		weights: 'vae-tiny.original.safetensors',
		config: 'vae-tiny.config.json',
		build: (config: unknown) => new AutoencoderKlDecoder(parseAutoencoderKlConfig(config)),
	},
];

describe('a shard and its graph are a plain ONNX model', () => {
	let context: GpuContext;
	beforeAll(async () => {
		context = await GpuContext.open();
		ort.env.wasm.numThreads = 1;
	});
	afterAll(() => context[Symbol.dispose]());

	for (const { weights, config, build } of COMPONENTS) {
		it(`${weights}: each kind of block computes the same on the wasm CPU provider`, async () => {
			const folder = new URL('/test/fixtures/golden/', location.href);
			const component = build(await (await fetch(new URL(config, folder))).json());
			const file = await fetchFile(new URL(weights, folder).href);
			const store = new MemoryShardStore();
			const shards = await convertComponent(component, [file], MODEL, store);
			const engine = new OrtBlockEngine(context, SPLITTING_BINDING_BYTES);
			const graphs = new ModelGraphs(engine, [component]);
			const kinds = new Map(component.blocks.map((block) => [block.kind, block]));
			for (const block of kinds.values()) {
				if (block.id === 'embed_tokens') continue;
				const shard = shards.find((record) => record.block === block.id);
				const bytes = shard && store.bytesOf(MODEL, shard.name);
				if (shard === undefined || bytes === undefined) throw new Error(`no ${block.id}`);
				const exported = await runExported(component, block, bytes, shard.tensors);
				const streamed = await runStreamed(context, store, graphs, block, shard, exported);
				expect(relativeL2(streamed, exported.values), block.id).toBeLessThanOrEqual(1e-5);
			}
			await graphs.dispose();
		});
	}
});

interface ExportedRun {
	readonly inputs: Readonly<Record<string, { values: Float32Array<ArrayBuffer>; shape: number[] }>>;
	readonly output: string;
	readonly shape: readonly number[];
	readonly values: Float32Array;
}

async function runExported(
	component: Component,
	block: Block,
	shard: Uint8Array,
	tensors: ShardRecord['tensors'],
): Promise<ExportedRun> {
	const graph = lowerGraph(component.graph(block.kind, { taps: false }), {
		maxBindingBytes: SPLITTING_BINDING_BYTES,
	});
	const model = exportGraph(graph, (name) => {
		const tensor = tensors.find((candidate) => candidate.name === name);
		if (tensor === undefined) throw new Error(`no tensor ${name}`);
		return { location: SHARD_FILE, byteOffset: tensor.byteOffset };
	});
	const session = await ort.InferenceSession.create(model, {
		executionProviders: ['wasm'],
		externalData: [{ path: SHARD_FILE, data: shard }],
	});
	const inputs = Object.fromEntries(
		graph.inputs.map(({ name, dimensions }, index) => {
			const shape = dimensions.map((extent) =>
				typeof extent === 'number' ? extent : (EXTENTS[extent] ?? 1),
			);
			const length = shape.reduce((product, extent) => product * extent, 1);
			return [name, { values: torchRandn(index, length), shape }];
		}),
	);
	const feeds = Object.fromEntries(
		Object.entries(inputs).map(([name, { values, shape }]) => [
			name,
			new ort.Tensor('float32', values, shape),
		]),
	);
	const [[output, result]] = Object.entries(await session.run(feeds));
	const values = Float32Array.from(result.data as Float32Array);
	await session.release();
	return { inputs, output, shape: result.dims, values };
}

async function runStreamed(
	context: GpuContext,
	store: MemoryShardStore,
	graphs: ModelGraphs,
	block: Block,
	shard: ShardRecord,
	exported: ExportedRun,
): Promise<Float32Array> {
	const run = {
		...{ context, store, graphs },
		modelId: MODEL,
		shard: () => shard,
		order: [block],
		weightBytes: 0,
	};
	return TurnRun.with(run, async (turn) => {
		const inputs = Object.fromEntries(
			Object.entries(exported.inputs).map(([name, { values, shape }]) => [
				name,
				turn.upload(values, shape),
			]),
		);
		const outputs = await turn.run(block, inputs, { [exported.output]: exported.shape });
		return turn.download(outputs[exported.output]);
	});
}
