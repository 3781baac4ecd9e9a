import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBlockEngine } from '../../src/engine/open-block-engine.ts';
import type { Block, Component } from '../../src/families/block.ts';
import { shardLayout } from '../../src/families/shard-layout.ts';
import { parseQwen3Config, Qwen3TextEncoder } from '../../src/families/qwen3-text-encoder.ts';
import { parseZImageConfig } from '../../src/families/z-image-config.ts';
import { ZImageTransformer } from '../../src/families/z-image-transformer.ts';
import type { BlockEngine } from '../../src/gpu/block-engine.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { f32ByteLength, type GpuTensor } from '../../src/gpu/gpu-tensor.ts';
import { readBack } from '../../src/gpu/read-back.ts';
import { torchRandn } from '../../src/pipeline/torch-randn.ts';
import { relativeL2 } from '../fixtures/relative-l2.ts';
import { halves } from './kernels/kernel-bench.ts';

/** Golden files hold one shape of each network; checkpoints may have any. */
const TOLERANCE = 1e-5;
const TOKENS = 37;

let context: GpuContext;
let fallbacks: string[];
let engines: Readonly<Record<'ort' | 'fused', BlockEngine>>;
beforeAll(async () => {
	context = await GpuContext.open();
	fallbacks = [];
	engines = {
		ort: await openBlockEngine('ort', context),
		fused: await openBlockEngine('fused', context, {
			onFallback: (graph, reason) => fallbacks.push(`${graph}: ${reason}`),
		}),
	};
});
afterAll(() => context[Symbol.dispose]());

const dit = (overrides: object): Component =>
	new ZImageTransformer(
		parseZImageConfig({
			...{ n_layers: 1, n_refiner_layers: 1, cap_feat_dim: 40, axes_lens: [1536, 512, 512] },
			...overrides,
		}),
	);
const qwen = (overrides: object): Component =>
	new Qwen3TextEncoder(
		parseQwen3Config({
			...{ num_hidden_layers: 2, vocab_size: 64, rope_theta: 1e6, rms_norm_eps: 1e-6 },
			...overrides,
		}),
	);

it.each([
	['a DiT of heads of 64', dit({ dim: 192, n_heads: 3, axes_dims: [16, 24, 24] }), 'layers.0'],
	['a DiT of heads of 48', dit({ dim: 96, n_heads: 2, axes_dims: [16, 16, 16] }), 'layers.0'],
	[
		'a text encoder of odd sizes',
		qwen({
			...{ hidden_size: 100, intermediate_size: 172, head_dim: 16 },
			...{ num_attention_heads: 6, num_key_value_heads: 2 },
		}),
		'layers.0',
	],
	[
		'a text encoder whose query heads are wider than its stream',
		qwen({
			...{ hidden_size: 64, intermediate_size: 101, head_dim: 128 },
			...{ num_attention_heads: 2, num_key_value_heads: 1 },
		}),
		'layers.0',
	],
])('%s runs on our kernels and equals ONNX Runtime', async (_, component, blockId) => {
	const block = component.blocks.find(({ id }) => id === blockId);
	if (block === undefined) throw new Error(`no block ${blockId}`);
	const reference = await run(engines.ort, component, block);
	const own = await run(engines.fused, component, block);
	expect(fallbacks).toEqual([]);
	expect(relativeL2(own, reference)).toBeLessThan(TOLERANCE);
});

async function run(engine: BlockEngine, component: Component, block: Block): Promise<Float32Array> {
	const graph = component.graph(block.kind, { maxBindingBytes: 2 ** 27, taps: false });
	const layout = shardLayout(block);
	const weights = upload(halves(3, layout.byteLength / 2, 0.1).bits);
	const inputs = Object.fromEntries(
		graph.inputs.map(({ name, dimensions }, index) => [name, input(index, dimensions)]),
	);
	const [output] = graph.outputs;
	if (output === undefined) throw new Error('a graph without output');
	const y = tensor(output.dimensions);
	const loaded = await engine.load(graph);
	const tensors = new Map(layout.tensors.map((each) => [each.name, each]));
	await loaded.run({ buffer: weights, tensors }, inputs, { [output.name]: y });
	const values = new Float32Array(await readBack(context, y.buffer, f32ByteLength(y.shape)));
	await loaded.dispose();
	for (const { buffer } of [...Object.values(inputs), y]) buffer.destroy();
	weights.destroy();
	return values;
}

function tensor(dimensions: readonly (number | string)[]): GpuTensor {
	const shape = dimensions.map((extent) => (typeof extent === 'number' ? extent : TOKENS));
	const buffer = context.createBuffer('activations', {
		label: 'test',
		size: Math.ceil(f32ByteLength(shape) / 16) * 16,
		usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
	});
	return { buffer, shape };
}

function input(seed: number, dimensions: readonly (number | string)[]): GpuTensor {
	const made = tensor(dimensions);
	const elements = made.shape.reduce((product, extent) => product * extent, 1);
	context.device.queue.writeBuffer(made.buffer, 0, torchRandn(seed, elements));
	return made;
}

function upload(values: Uint16Array): GPUBuffer {
	const buffer = context.createBuffer('weights', {
		label: 'test',
		size: values.byteLength,
		usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
	});
	context.device.queue.writeBuffer(buffer, 0, Uint16Array.from(values));
	return buffer;
}
