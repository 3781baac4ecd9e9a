import { afterAll, beforeAll, expect, it } from 'vitest';
import { featuresFor, openBlockEngine } from '../../src/engine/open-block-engine.ts';
import type { Component } from '../../src/families/parts/block.ts';
import {
	parseQwen3Config,
	Qwen3TextEncoder,
} from '../../src/families/encoders/qwen3-text-encoder.ts';
import { parseZImageConfig } from '../../src/families/z-image/config.ts';
import { ZImageTransformer } from '../../src/families/z-image/transformer.ts';
import type { BlockEngine } from '../../src/gpu/block-engine.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { relativeL2 } from '../fixtures/relative-l2.ts';
import { runBlock } from './run-block.ts';

/** Golden files hold one shape of each network; checkpoints may have any. */
const TOLERANCE = 1e-5;
const TOKENS = 37;
/** FP16 factors in every linear layer and in attention. */
const MATRIX_TOLERANCE = 1e-3;
/** More than the fewest that are computed on matrix units. */
const MATRIX_TOKENS = 70;

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
	const reference = await runBlock(context, engines.ort, component, block, TOKENS);
	const own = await runBlock(context, engines.fused, component, block, TOKENS);
	expect(fallbacks).toEqual([]);
	expect(relativeL2(own, reference)).toBeLessThan(TOLERANCE);
});

it('a DiT on the engine for matrix units equals ONNX Runtime, in FP16 where the adapter has such units', async () => {
	using ofMatrices = await GpuContext.open(featuresFor('matrix'));
	const matrix = await openBlockEngine('matrix', ofMatrices);
	const component = dit({ dim: 256, n_heads: 2, axes_dims: [32, 48, 48] });
	const block = component.blocks.find(({ id }) => id === 'layers.0');
	if (block === undefined) throw new Error('no block layers.0');
	const reference = await runBlock(context, engines.ort, component, block, MATRIX_TOKENS);
	const own = await runBlock(ofMatrices, matrix, component, block, MATRIX_TOKENS);
	const isHalf = matrix.matrixUse?.type === 'used';
	expect(relativeL2(own, reference)).toBeLessThan(isHalf ? MATRIX_TOLERANCE : TOLERANCE);
});
