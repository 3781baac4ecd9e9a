import type { ComputedNode, Graph, PartNode, Tensor } from '../../graph/graph.ts';
import { GraphBuilder } from '../../graph/graph-builder.ts';
import type { BlockKind, GraphOptions } from '../parts/block.ts';
import { swiGlu } from '../layers/swi-glu.ts';
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

/** Constants in the reference code. Source: docs/spec/z-image-turbo.md 1.1. */
export const TIMESTEP_SINUSOID_FEATURES = 256;
export const TIMESTEP_HIDDEN_FEATURES = 1024;
const FINAL_NORM_EPSILON = 1e-6;

/** The graph of a kind of block. */
export function zImageGraph(config: ZImageConfig, kind: BlockKind, options: GraphOptions): Graph {
	switch (kind) {
		case TIMESTEP_EMBEDDER:
			return timestepEmbedderGraph(config);
		case CAPTION_EMBEDDER:
			return captionEmbedderGraph(config);
		case IMAGE_EMBEDDER:
			return imageEmbedderGraph(config);
		case MODULATED_BLOCK:
		case PLAIN_BLOCK:
			return blockGraph(config, kind, options);
		case FINAL_LAYER:
			return finalLayerGraph(config);
		default:
			throw new RangeError(`Z-Image has no graph for blocks of kind ${kind}`);
	}
}

/** sinusoid [steps, 256] → c [steps, adaLnFeatures]. Source: docs/spec/z-image-turbo.md 2.1. */
function timestepEmbedderGraph({ adaLnFeatures }: ZImageConfig): Graph {
	const g = new GraphBuilder(TIMESTEP_EMBEDDER);
	const sinusoid = g.input('sinusoid', ['steps', TIMESTEP_SINUSOID_FEATURES]);
	const hidden = g.silu(g.biasedLinear(sinusoid, 'mlp.0', TIMESTEP_HIDDEN_FEATURES));
	g.output('c', g.biasedLinear(hidden, 'mlp.2', adaLnFeatures), ['steps', adaLnFeatures]);
	return g.build();
}

/** Rows where isToken is 0 become the learned pad token, exactly. x: [tokens, dim], isToken: [tokens, 1]. */
function replacePads(g: GraphBuilder, x: Tensor, isToken: Tensor, dim: number): ComputedNode {
	const isPad = g.subtract(1, isToken);
	const pads = g.multiply(g.weight('pad_token', [1, dim]), isPad);
	return g.add(g.multiply(x, isToken), pads);
}

/** features [tokens, captionFeatures] → x [tokens, dim]. Source: docs/spec/z-image-turbo.md 2.3, 2.7. */
function captionEmbedderGraph({ captionFeatures, dim, normEpsilon }: ZImageConfig): Graph {
	const g = new GraphBuilder(CAPTION_EMBEDDER);
	const features = g.input('features', ['tokens', captionFeatures]);
	const isToken = g.input('isToken', ['tokens', 1]);
	const normalized = g.rmsNorm(features, 'norm.weight', normEpsilon);
	const embedded = g.biasedLinear(normalized, 'linear', dim);
	g.output('x', replacePads(g, embedded, isToken, dim), ['tokens', dim]);
	return g.build();
}

/** patches [tokens, patch²·channels] → x [tokens, dim]. Source: docs/spec/z-image-turbo.md 2.2, 2.3. */
function imageEmbedderGraph({ dim, inChannels, patchSize }: ZImageConfig): Graph {
	const g = new GraphBuilder(IMAGE_EMBEDDER);
	const patches = g.input('patches', ['tokens', patchSize ** 2 * inChannels]);
	const isToken = g.input('isToken', ['tokens', 1]);
	const embedded = g.biasedLinear(patches, 'linear', dim);
	g.output('x', replacePads(g, embedded, isToken, dim), ['tokens', dim]);
	return g.build();
}

/** x [tokens, dim], cos and sin [tokens, headDim/2], c [1, adaLnFeatures] → y [tokens, dim]. Source: docs/spec/z-image-turbo.md 2.6. */
function blockGraph(config: ZImageConfig, kind: BlockKind, options: GraphOptions): Graph {
	const { dim, headDim, heads, keyValueHeads, ffnHidden, normEpsilon, adaLnFeatures } = config;
	const g = new GraphBuilder(kind);
	const x = g.input('x', ['tokens', dim]);
	const rotary = {
		interleaved: true,
		cos: g.input('cos', ['tokens', headDim / 2]),
		sin: g.input('sin', ['tokens', headDim / 2]),
	};
	const modulation =
		kind === MODULATED_BLOCK
			? g.biasedLinear(g.input('c', [1, adaLnFeatures]), 'adaLN_modulation.0', 4 * dim)
			: undefined;
	const [scaleAttention, gateAttention, scaleMlp, gateMlp] =
		modulation === undefined ? [] : g.split(modulation, 4);
	const scaled = (value: ComputedNode, scale: PartNode | undefined) =>
		scale === undefined ? value : g.multiply(value, g.add(1, scale));
	const gated = (value: ComputedNode, gate: PartNode | undefined) =>
		gate === undefined ? value : g.multiply(g.tanh(gate), value);
	const norm = (value: Tensor, name: string) => g.rmsNorm(value, `${name}.weight`, normEpsilon);

	const h = scaled(norm(x, 'attention_norm1'), scaleAttention);
	const project = (name: string, count: number) =>
		g.linear(h, `attention.${name}.weight`, count * headDim);
	const rotate = (value: ComputedNode, name: string, count: number) =>
		g.headNormRotary(value, `attention.${name}.weight`, count, normEpsilon, rotary);
	const q = rotate(project('to_q', heads), 'norm_q', heads);
	const k = rotate(project('to_k', keyValueHeads), 'norm_k', keyValueHeads);
	const v = project('to_v', keyValueHeads);
	const mixed = g.attention([q, k, v], { heads, keyValueHeads, headDim });
	const attended = g.linear(mixed, 'attention.to_out.0.weight', dim);
	const x1 = g.add(x, gated(norm(attended, 'attention_norm2'), gateAttention));

	const h2 = scaled(norm(x1, 'ffn_norm1'), scaleMlp);
	const names = {
		gate: 'feed_forward.w1.weight',
		up: 'feed_forward.w3.weight',
		down: 'feed_forward.w2.weight',
	};
	const fed = swiGlu(g, h2, names, dim, ffnHidden);
	const x2 = g.add(x1, gated(norm(fed, 'ffn_norm2'), gateMlp));
	g.output('y', x2, ['tokens', dim]);
	if (options.taps) {
		g.output(ATTENTION_TAP, attended, ['tokens', dim]);
		g.output(FEED_FORWARD_TAP, fed, ['tokens', dim]);
		if (modulation !== undefined) g.output(MODULATION_TAP, modulation, [1, 4 * dim]);
	}
	return g.build();
}

/** LayerNorm without parameters, scaled by 1 + W·SiLU(c) + b, then a linear layer. Source: docs/spec/z-image-turbo.md 2.7. */
function finalLayerGraph({ dim, adaLnFeatures, inChannels, patchSize }: ZImageConfig): Graph {
	const patchFeatures = patchSize ** 2 * inChannels;
	const g = new GraphBuilder(FINAL_LAYER);
	const x = g.input('x', ['tokens', dim]);
	const c = g.input('c', [1, adaLnFeatures]);
	const scale = g.add(1, g.biasedLinear(g.silu(c), 'adaLN_modulation', dim));
	const normalized = g.layerNorm(x, scale, FINAL_NORM_EPSILON);
	const y = g.biasedLinear(normalized, 'linear', patchFeatures);
	g.output('y', y, ['tokens', patchFeatures]);
	return g.build();
}
