import { GraphBuilder } from '../../onnx/graph-builder.ts';
import type { OnnxGraph, ValueName } from '../../onnx/graph.ts';
import type { BlockKind, GraphOptions } from '../parts/block.ts';
import {
	attention,
	normalizeAndRotateHeads,
	rmsNorm,
	silu,
	swiGlu,
} from '../layers/graph-layers.ts';
import type { ZImageConfig } from './config.ts';

export const TIMESTEP_EMBEDDER = 'z-image.t_embedder' as BlockKind;
export const CAPTION_EMBEDDER = 'z-image.cap_embedder' as BlockKind;
export const IMAGE_EMBEDDER = 'z-image.x_embedder' as BlockKind;
export const MODULATED_BLOCK = 'z-image.modulated-block' as BlockKind;
export const PLAIN_BLOCK = 'z-image.plain-block' as BlockKind;
export const FINAL_LAYER = 'z-image.final_layer' as BlockKind;

/** Intermediate values of a block that golden files hold. */
export const MODULATION_TAP = 'adaLN_modulation';
export const ATTENTION_TAP = 'attention';
export const FEED_FORWARD_TAP = 'feed_forward';

/** Constants in the reference code. Source: spec 1.1. */
export const TIMESTEP_SINUSOID_FEATURES = 256;
export const TIMESTEP_HIDDEN_FEATURES = 1024;
const FINAL_NORM_EPSILON = 1e-6;

/** The graph of a kind of block. */
export function zImageGraph(
	config: ZImageConfig,
	kind: BlockKind,
	options: GraphOptions,
): OnnxGraph {
	switch (kind) {
		case TIMESTEP_EMBEDDER:
			return timestepEmbedderGraph(config, options);
		case CAPTION_EMBEDDER:
			return captionEmbedderGraph(config, options);
		case IMAGE_EMBEDDER:
			return imageEmbedderGraph(config, options);
		case MODULATED_BLOCK:
		case PLAIN_BLOCK:
			return blockGraph(config, kind, options);
		case FINAL_LAYER:
			return finalLayerGraph(config, options);
		default:
			throw new RangeError(`Z-Image has no graph for blocks of kind ${kind}`);
	}
}

function biasedLinear(
	g: GraphBuilder,
	x: ValueName,
	name: string,
	inFeatures: number,
	outFeatures: number,
): ValueName {
	const product = g.linear(x, `${name}.weight`, inFeatures, outFeatures);
	return g.op('Add', [product, g.weight(`${name}.bias`, [outFeatures])]);
}

/** sinusoid [steps, 256] → c [steps, adaLnFeatures]. Source: spec 2.1. */
function timestepEmbedderGraph(config: ZImageConfig, options: GraphOptions): OnnxGraph {
	const g = new GraphBuilder(TIMESTEP_EMBEDDER, options);
	const sinusoid = g.input('sinusoid', ['steps', TIMESTEP_SINUSOID_FEATURES]);
	const hidden = silu(
		g,
		biasedLinear(g, sinusoid, 'mlp.0', TIMESTEP_SINUSOID_FEATURES, TIMESTEP_HIDDEN_FEATURES),
	);
	const c = biasedLinear(g, hidden, 'mlp.2', TIMESTEP_HIDDEN_FEATURES, config.adaLnFeatures);
	g.output('c', c, ['steps', config.adaLnFeatures]);
	return g.build();
}

/** Rows where isToken is 0 become the learned pad token, exactly. x: [tokens, dim], isToken: [tokens, 1]. */
function replacePads(g: GraphBuilder, x: ValueName, isToken: ValueName, dim: number): ValueName {
	const isPad = g.op('Sub', [g.scalar(1), isToken]);
	return g.op('Add', [
		g.op('Mul', [x, isToken]),
		g.op('Mul', [g.weight('pad_token', [1, dim]), isPad]),
	]);
}

/** features [tokens, captionFeatures] → x [tokens, dim]. Source: spec 2.3, 2.7. */
function captionEmbedderGraph(config: ZImageConfig, options: GraphOptions): OnnxGraph {
	const { captionFeatures, dim, normEpsilon } = config;
	const g = new GraphBuilder(CAPTION_EMBEDDER, options);
	const features = g.input('features', ['tokens', captionFeatures]);
	const isToken = g.input('isToken', ['tokens', 1]);
	const normalized = rmsNorm(g, features, 'norm.weight', captionFeatures, normEpsilon);
	const embedded = biasedLinear(g, normalized, 'linear', captionFeatures, dim);
	g.output('x', replacePads(g, embedded, isToken, dim), ['tokens', dim]);
	return g.build();
}

/** patches [tokens, patch²·channels] → x [tokens, dim]. Source: spec 2.2, 2.3. */
function imageEmbedderGraph(config: ZImageConfig, options: GraphOptions): OnnxGraph {
	const { dim, inChannels, patchSize } = config;
	const patchFeatures = patchSize ** 2 * inChannels;
	const g = new GraphBuilder(IMAGE_EMBEDDER, options);
	const patches = g.input('patches', ['tokens', patchFeatures]);
	const isToken = g.input('isToken', ['tokens', 1]);
	const embedded = biasedLinear(g, patches, 'linear', patchFeatures, dim);
	g.output('x', replacePads(g, embedded, isToken, dim), ['tokens', dim]);
	return g.build();
}

/** x [tokens, dim], cos and sin [tokens, headDim/2], c [1, adaLnFeatures] → y [tokens, dim]. Source: spec 2.6. */
function blockGraph(config: ZImageConfig, kind: BlockKind, options: GraphOptions): OnnxGraph {
	const { dim, headDim, heads, keyValueHeads, ffnHidden, normEpsilon, adaLnFeatures } = config;
	const g = new GraphBuilder(kind, options);
	const x = g.input('x', ['tokens', dim]);
	const rotary = {
		interleaved: true,
		cos: g.input('cos', ['tokens', headDim / 2]),
		sin: g.input('sin', ['tokens', headDim / 2]),
	};
	const modulation =
		kind === MODULATED_BLOCK
			? biasedLinear(
					g,
					g.input('c', [1, adaLnFeatures]),
					'adaLN_modulation.0',
					adaLnFeatures,
					4 * dim,
				)
			: undefined;
	const [scaleAttention, gateAttention, scaleMlp, gateMlp] =
		modulation === undefined ? [] : g.split(modulation, 4, -1);
	const scaled = (value: ValueName, scale: ValueName | undefined) =>
		scale === undefined ? value : g.op('Mul', [value, g.op('Add', [g.scalar(1), scale])]);
	const gated = (value: ValueName, gate: ValueName | undefined) =>
		gate === undefined ? value : g.op('Mul', [g.op('Tanh', [gate]), value]);
	const norm = (value: ValueName, name: string) =>
		rmsNorm(g, value, `${name}.weight`, dim, normEpsilon);

	const h = scaled(norm(x, 'attention_norm1'), scaleAttention);
	const project = (name: string, count: number) =>
		g.linear(h, `attention.${name}.weight`, dim, count * headDim);
	const rotate = (value: ValueName, normName: string, count: number) =>
		normalizeAndRotateHeads(
			g,
			value,
			`attention.${normName}.weight`,
			count,
			headDim,
			normEpsilon,
			rotary,
		);
	const q = rotate(project('to_q', heads), 'norm_q', heads);
	const k = rotate(project('to_k', keyValueHeads), 'norm_k', keyValueHeads);
	const v = project('to_v', keyValueHeads);
	const mixed = attention(g, q, k, v, { heads, keyValueHeads, headDim });
	const attended = g.linear(mixed, 'attention.to_out.0.weight', heads * headDim, dim);
	const x1 = g.op('Add', [x, gated(norm(attended, 'attention_norm2'), gateAttention)]);

	const h2 = scaled(norm(x1, 'ffn_norm1'), scaleMlp);
	const names = {
		gate: 'feed_forward.w1.weight',
		up: 'feed_forward.w3.weight',
		down: 'feed_forward.w2.weight',
	};
	const fed = swiGlu(g, h2, names, dim, ffnHidden);
	const x2 = g.op('Add', [x1, gated(norm(fed, 'ffn_norm2'), gateMlp)]);
	g.output('y', x2, ['tokens', dim]);
	if (options.taps) {
		g.output(ATTENTION_TAP, attended, ['tokens', dim]);
		g.output(FEED_FORWARD_TAP, fed, ['tokens', dim]);
		if (modulation !== undefined) g.output(MODULATION_TAP, modulation, [1, 4 * dim]);
	}
	return g.build();
}

/** LayerNorm without parameters, scaled by 1 + W·SiLU(c) + b, then a linear layer. Source: spec 2.7. */
function finalLayerGraph(config: ZImageConfig, options: GraphOptions): OnnxGraph {
	const { dim, adaLnFeatures, inChannels, patchSize } = config;
	const patchFeatures = patchSize ** 2 * inChannels;
	const g = new GraphBuilder(FINAL_LAYER, options);
	const x = g.input('x', ['tokens', dim]);
	const c = g.input('c', [1, adaLnFeatures]);
	const modulation = biasedLinear(g, silu(g, c), 'adaLN_modulation', adaLnFeatures, dim);
	const scale = g.reshape(g.op('Add', [g.scalar(1), modulation]), [dim]);
	const normalized = g.op('LayerNormalization', [x, scale], {
		axis: -1,
		epsilon: { float: FINAL_NORM_EPSILON },
	});
	const y = biasedLinear(g, normalized, 'linear', dim, patchFeatures);
	g.output('y', y, ['tokens', patchFeatures]);
	return g.build();
}
