import { describe, expect, it } from 'vitest';
import {
	AutoencoderKlDecoder,
	parseAutoencoderKlConfig,
} from '../../../src/families/vae/autoencoder-kl-decoder.ts';
import {
	parseQwen3Config,
	Qwen3TextEncoder,
} from '../../../src/families/encoders/qwen3-text-encoder.ts';
import { parseZImageConfig } from '../../../src/families/z-image/config.ts';
import { ZImageTransformer } from '../../../src/families/z-image/transformer.ts';
import type { Component } from '../../../src/families/parts/block.ts';
import { GraphView } from '../../../src/gpu/fused/graph-view.ts';
import { planGraph } from '../../../src/gpu/fused/plan-graph.ts';
import type { PlanStep } from '../../../src/gpu/fused/plan-step.ts';
import { UnsupportedGraphError } from '../../../src/gpu/fused/unsupported-graph-error.ts';
import { GraphBuilder } from '../../../src/onnx/graph-builder.ts';

const TRANSFORMER = new ZImageTransformer(
	parseZImageConfig({ dim: 384, n_heads: 3, n_layers: 1, cap_feat_dim: 64 }),
);
const TEXT_ENCODER = new Qwen3TextEncoder(
	parseQwen3Config({
		hidden_size: 256,
		intermediate_size: 768,
		num_hidden_layers: 2,
		num_attention_heads: 8,
		num_key_value_heads: 2,
		head_dim: 64,
		vocab_size: 640,
	}),
);

function plan(component: Component, id: string, maxBindingBytes = 2 ** 30): readonly PlanStep[] {
	const block = component.blocks.find((candidate) => candidate.id === id);
	if (block === undefined) throw new Error(`no ${id}`);
	const graph = component.graph(block.kind, { maxBindingBytes, taps: false });
	return planGraph(
		new GraphView(graph),
		graph.outputs.map(({ name }) => name),
	);
}

const DENOISING_BLOCK = [
	'linear', // modulation
	'row-norm',
	...['linear', 'head-norm-rotary'], // q
	...['linear', 'head-norm-rotary'], // k
	'linear', // v
	'attention',
	'linear',
	'row-norm', // with gate and residual
	'row-norm',
	'linear', // w1 and w3
	'linear',
	'row-norm',
];

describe('the kernels of a block', () => {
	it('runs a denoising block in 14', () => {
		expect(plan(TRANSFORMER, 'layers.0').map(({ type }) => type)).toEqual(DENOISING_BLOCK);
	});

	it('joins weights that were cut to fit a binding in f32', () => {
		const work = (steps: readonly PlanStep[]) =>
			steps.map((step) => (step.type === 'linear' ? [step.depth, step.weights] : [step.type]));
		const pieces = work(plan(TRANSFORMER, 'layers.0', 2 ** 20));
		expect(pieces).toEqual(work(plan(TRANSFORMER, 'layers.0')));
	});

	it('adds the residuals of a text encoder layer in its linear layers', () => {
		const steps = plan(TEXT_ENCODER, 'layers.0');
		const added = steps.filter((step) => step.type === 'linear' && step.operands.length === 1);
		expect(added).toHaveLength(2);
		expect(steps).toHaveLength(11);
	});

	it('embeds patches and replaces pads in one', () => {
		expect(plan(TRANSFORMER, 'x_embedder').map(({ type }) => type)).toEqual(['linear']);
	});
});

it('refuses an operator that no kernel knows, by name', () => {
	const g = new GraphBuilder('strange', { maxBindingBytes: 2 ** 20 });
	g.output('y', g.op('Erf', [g.input('x', ['tokens', 8])]), ['tokens', 8]);
	const refused = () => planGraph(new GraphView(g.build()), ['y']);
	expect(refused).toThrow(UnsupportedGraphError);
	expect(refused).toThrow('strange: operator Erf');
});

it('computes a value twice read once', () => {
	const g = new GraphBuilder('shared', { maxBindingBytes: 2 ** 20 });
	const x = g.linear(g.input('x', ['tokens', 8]), 'w', 8, 16);
	g.output('y', g.op('Add', [x, g.op('Tanh', [x])]), ['tokens', 16]);
	const steps = planGraph(new GraphView(g.build()), ['y']);
	expect(steps.map(({ type }) => type)).toEqual(['linear', 'elementwise']);
});

it('applies a weight once where a formula holds two norms', () => {
	const g = new GraphBuilder('two norms', { maxBindingBytes: 2 ** 20 });
	const norm = (name: string) =>
		g.op(
			'SimplifiedLayerNormalization',
			[g.input(name, ['tokens', 8]), g.weight(`${name}w`, [8])],
			{
				axis: -1,
				epsilon: { float: 1e-6 },
			},
		);
	g.output('y', g.op('Add', [norm('a'), norm('b')]), ['tokens', 8]);
	const steps = planGraph(new GraphView(g.build()), ['y']);
	const weights = steps.map((step) =>
		'operands' in step
			? step.operands.map(({ tensor }) => (tensor.type === 'weight' ? tensor.tensor : 'value'))
			: [],
	);
	expect(weights).toEqual([['aw'], ['value', 'bw']]);
});

const DECODER = new AutoencoderKlDecoder(
	parseAutoencoderKlConfig({ block_out_channels: [32, 64], norm_num_groups: 32 }),
);

describe("the kernels of a decoder's stage", () => {
	it('never stores a normalized image: convolutions normalize what they read', () => {
		expect(plan(DECODER, 'mid_block.resnets.0').map(({ type }) => type)).toEqual([
			'group-norm',
			'conv',
			'group-norm',
			'conv',
		]);
	});

	it('never stores an upscaled image', () => {
		const [step] = plan(DECODER, 'up_blocks.0.upsamplers.0');
		expect(step).toMatchObject({ type: 'conv', upscale: 2 });
	});

	it('adds each convolution its own bias, once', () => {
		const steps = plan(DECODER, 'up_blocks.1.resnets.0');
		const operands = steps.flatMap((step) =>
			step.type === 'conv' ? [step.operands.map(({ layout }) => layout)] : [],
		);
		expect(operands).toEqual([['rows'], ['rows'], ['full', 'rows']]);
	});
});
