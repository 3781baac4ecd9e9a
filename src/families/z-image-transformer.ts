import { GraphBuilder } from '../onnx/graph-builder.ts';
import type { OnnxGraph, ValueName } from '../onnx/graph.ts';
import type { Block, BlockId, BlockKind, BlockTensor, GraphOptions } from './block.ts';
import type { BlockRunner, DeviceTensor } from './block-runner.ts';
import { ConfigFields } from './config-fields.ts';
import type {
	DiffusionTransformer,
	ImageGrid,
	PreparedSampling,
	RefinedCaption,
} from './diffusion-transformer.ts';
import { attention, normalizeAndRotateHeads, rmsNorm, silu, swiGlu } from './graph-layers.ts';
import { patchify, unpatchify } from './patchify.ts';
import { ropeTable } from './rope-table.ts';
import { timestepSinusoid } from './timestep-sinusoid.ts';
import { padTokens, zImagePositionIds } from './z-image-position-ids.ts';

/** The fields of transformer/config.json that decide shapes and arithmetic. Source: spec 1.1. */
export interface ZImageConfig {
	readonly patchSize: number;
	readonly inChannels: number;
	readonly dim: number;
	readonly layers: number;
	readonly refinerLayers: number;
	readonly heads: number;
	readonly keyValueHeads: number;
	readonly headDim: number;
	readonly ffnHidden: number;
	readonly normEpsilon: number;
	readonly captionFeatures: number;
	readonly ropeTheta: number;
	readonly timestepScale: number;
	readonly axesDims: readonly number[];
	readonly axesLens: readonly number[];
	/** Width of the conditioning vector c. */
	readonly adaLnFeatures: number;
}

/** Constants in the reference code. Source: spec 1.1. */
const MAX_ADALN_FEATURES = 256;
const TIMESTEP_SINUSOID_FEATURES = 256;
const TIMESTEP_HIDDEN_FEATURES = 1024;
const FINAL_NORM_EPSILON = 1e-6;

/** @throws ConfigError */
export function parseZImageConfig(json: unknown): ZImageConfig {
	const fields = new ConfigFields(json, 'transformer/config.json');
	const dim = fields.integer('dim');
	const heads = fields.integer('n_heads');
	const config: ZImageConfig = {
		patchSize: fields.integers('all_patch_size', [2])[0] ?? 2,
		inChannels: fields.integer('in_channels', 16),
		dim,
		layers: fields.integer('n_layers'),
		refinerLayers: fields.integer('n_refiner_layers', 2),
		heads,
		keyValueHeads: fields.integer('n_kv_heads', heads),
		headDim: dim / heads,
		ffnHidden: Math.floor((dim / 3) * 8),
		normEpsilon: fields.number('norm_eps', 1e-5),
		captionFeatures: fields.integer('cap_feat_dim'),
		ropeTheta: fields.number('rope_theta', 256),
		timestepScale: fields.number('t_scale', 1000),
		axesDims: fields.integers('axes_dims', [32, 48, 48]),
		axesLens: fields.integers('axes_lens', [1024, 512, 512]),
		adaLnFeatures: Math.min(dim, MAX_ADALN_FEATURES),
	};
	const rotaryDims = config.axesDims.reduce((sum, axisDim) => sum + axisDim, 0);
	fields.require(
		rotaryDims === config.headDim && config.axesDims.every((axisDim) => axisDim % 2 === 0),
		`dim / n_heads (${config.headDim}) must be the sum of the even axes_dims (${rotaryDims}).`,
	);
	fields.require(
		config.heads % config.keyValueHeads === 0,
		'n_heads must be a multiple of n_kv_heads.',
	);
	fields.require(fields.boolean('qk_norm', true), 'qk_norm must be true.');
	fields.require(
		fields.integers('all_f_patch_size', [1]).includes(1),
		'all_f_patch_size must hold 1: only still images are drawn.',
	);
	return config;
}

const TIMESTEP_EMBEDDER = 'z-image.t_embedder' as BlockKind;
const CAPTION_EMBEDDER = 'z-image.cap_embedder' as BlockKind;
const IMAGE_EMBEDDER = 'z-image.x_embedder' as BlockKind;
const MODULATED_BLOCK = 'z-image.modulated-block' as BlockKind;
const PLAIN_BLOCK = 'z-image.plain-block' as BlockKind;
const FINAL_LAYER = 'z-image.final_layer' as BlockKind;

/** Intermediate values of a block that golden files hold. */
const MODULATION_TAP = 'adaLN_modulation';
const ATTENTION_TAP = 'attention';
const FEED_FORWARD_TAP = 'feed_forward';

/** The Z-Image DiT. Source: spec 1 and 2; token order is the official one, image first. */
export class ZImageTransformer implements DiffusionTransformer {
	readonly name = 'transformer';
	readonly config: ZImageConfig;
	readonly #timestepEmbedder: Block;
	readonly #captionEmbedder: Block;
	readonly #imageEmbedder: Block;
	readonly #finalLayer: Block;
	readonly #noiseRefiner: readonly Block[];
	readonly #contextRefiner: readonly Block[];
	readonly #layers: readonly Block[];

	constructor(config: ZImageConfig) {
		this.config = config;
		const { dim, adaLnFeatures, captionFeatures } = config;
		const patchFeatures = config.patchSize ** 2 * config.inChannels;
		const patchKey = `${config.patchSize}-1`;
		this.#timestepEmbedder = block('t_embedder', TIMESTEP_EMBEDDER, [
			...linear('mlp.0', 't_embedder.mlp.0', TIMESTEP_HIDDEN_FEATURES, TIMESTEP_SINUSOID_FEATURES),
			...linear('mlp.2', 't_embedder.mlp.2', adaLnFeatures, TIMESTEP_HIDDEN_FEATURES),
		]);
		this.#captionEmbedder = block('cap_embedder', CAPTION_EMBEDDER, [
			plain('norm.weight', 'cap_embedder.0.weight', [captionFeatures]),
			...linear('linear', 'cap_embedder.1', dim, captionFeatures),
			plain('pad_token', 'cap_pad_token', [1, dim]),
		]);
		this.#imageEmbedder = block('x_embedder', IMAGE_EMBEDDER, [
			...linear('linear', `all_x_embedder.${patchKey}`, dim, patchFeatures),
			plain('pad_token', 'x_pad_token', [1, dim]),
		]);
		const finalLayer = `all_final_layer.${patchKey}`;
		this.#finalLayer = block('final_layer', FINAL_LAYER, [
			...linear('adaLN_modulation', `${finalLayer}.adaLN_modulation.1`, dim, adaLnFeatures),
			...linear('linear', `${finalLayer}.linear`, patchFeatures, dim),
		]);
		const stack = (name: string, count: number, kind: BlockKind) =>
			Array.from({ length: count }, (_, index) =>
				block(`${name}.${index}`, kind, blockTensors(config, `${name}.${index}`, kind)),
			);
		this.#noiseRefiner = stack('noise_refiner', config.refinerLayers, MODULATED_BLOCK);
		this.#contextRefiner = stack('context_refiner', config.refinerLayers, PLAIN_BLOCK);
		this.#layers = stack('layers', config.layers, MODULATED_BLOCK);
	}

	get blocks(): readonly Block[] {
		return [...this.conditionBlocks, ...this.captionBlocks, ...this.stepBlocks];
	}

	get conditionBlocks(): readonly Block[] {
		return [this.#timestepEmbedder];
	}

	get captionBlocks(): readonly Block[] {
		return [this.#captionEmbedder, ...this.#contextRefiner];
	}

	get stepBlocks(): readonly Block[] {
		return [this.#imageEmbedder, ...this.#noiseRefiner, ...this.#layers, this.#finalLayer];
	}

	get latentChannels(): number {
		return this.config.inChannels;
	}

	get latentMultiple(): number {
		return this.config.patchSize;
	}

	get maxLatentExtent(): number {
		const [, rows = 0, columns = 0] = this.config.axesLens;
		return Math.min(rows, columns) * this.config.patchSize;
	}

	graph(kind: BlockKind, options: GraphOptions): OnnxGraph {
		switch (kind) {
			case TIMESTEP_EMBEDDER:
				return timestepEmbedderGraph(this.config, options);
			case CAPTION_EMBEDDER:
				return captionEmbedderGraph(this.config, options);
			case IMAGE_EMBEDDER:
				return imageEmbedderGraph(this.config, options);
			case MODULATED_BLOCK:
			case PLAIN_BLOCK:
				return blockGraph(this.config, kind, options);
			case FINAL_LAYER:
				return finalLayerGraph(this.config, options);
			default:
				throw new RangeError(`Z-Image has no graph for blocks of kind ${kind}`);
		}
	}

	async conditionTimesteps(
		runner: BlockRunner,
		timesteps: readonly number[],
	): Promise<readonly Float32Array[]> {
		const { adaLnFeatures, timestepScale } = this.config;
		const sinusoids = new Float32Array(timesteps.length * TIMESTEP_SINUSOID_FEATURES);
		for (const [step, timestep] of timesteps.entries()) {
			sinusoids.set(timestepSinusoid(timestep, timestepScale), step * TIMESTEP_SINUSOID_FEATURES);
		}
		const sinusoid = runner.upload(sinusoids, [timesteps.length, TIMESTEP_SINUSOID_FEATURES]);
		await runner.observe('t_sinusoid', sinusoid);
		const { c } = await runner.run(
			this.#timestepEmbedder,
			{ sinusoid },
			{ c: [timesteps.length, adaLnFeatures] },
		);
		await runner.observe('t_embedder', c);
		const conditions = await runner.download(c);
		runner.release(sinusoid, c);
		return timesteps.map((_, step) =>
			conditions.slice(step * adaLnFeatures, (step + 1) * adaLnFeatures),
		);
	}

	async refineCaption(
		runner: BlockRunner,
		features: Float32Array,
		tokens: number,
	): Promise<RefinedCaption> {
		const { dim, captionFeatures, axesDims, ropeTheta } = this.config;
		const paddedTokens = padTokens(tokens);
		const padded = new Float32Array(paddedTokens * captionFeatures);
		padded.set(features.subarray(0, tokens * captionFeatures));
		const ids = zImagePositionIds({
			gridHeight: 0,
			gridWidth: 0,
			captionTokensPadded: paddedTokens,
		});
		const rope = ropeTable(ids.caption, axesDims, ropeTheta);
		const rotary = uploadRope(runner, rope, paddedTokens);
		const capFeatures = runner.upload(padded, [paddedTokens, captionFeatures]);
		const isToken = runner.upload(tokenMask(tokens, paddedTokens), [paddedTokens, 1]);
		const shape = [paddedTokens, dim];

		const embedded = await runner.run(
			this.#captionEmbedder,
			{ features: capFeatures, isToken },
			{ x: shape },
		);
		runner.release(capFeatures, isToken);
		await runner.observe('cap_embedder', embedded.x);
		const refined = await this.#runStack(runner, this.#contextRefiner, embedded.x, rotary);
		const values = await runner.download(refined);
		runner.release(refined, rotary.cos, rotary.sin);
		return { values, paddedTokens };
	}

	async prepareSampling(
		runner: BlockRunner,
		grid: ImageGrid,
		caption: RefinedCaption,
	): Promise<PreparedSampling> {
		const { dim, axesDims, ropeTheta, patchSize } = this.config;
		const gridHeight = grid.height / patchSize;
		const gridWidth = grid.width / patchSize;
		const imageTokens = gridHeight * gridWidth;
		const imageTokensPadded = padTokens(imageTokens);
		const tokens = imageTokensPadded + caption.paddedTokens;
		const ids = zImagePositionIds({
			gridHeight,
			gridWidth,
			captionTokensPadded: caption.paddedTokens,
		});
		const imageRope = ropeTable(ids.image, axesDims, ropeTheta);
		const captionRope = ropeTable(ids.caption, axesDims, ropeTheta);
		const rope = {
			cos: concatenate(imageRope.cos, captionRope.cos),
			sin: concatenate(imageRope.sin, captionRope.sin),
		};
		const imageRotary = uploadRope(runner, imageRope, imageTokensPadded);
		const rotary = uploadRope(runner, rope, tokens);
		await runner.observe('rope.cos', rotary.cos);
		await runner.observe('rope.sin', rotary.sin);
		const captionTokens = runner.upload(caption.values, [caption.paddedTokens, dim]);
		const isToken = runner.upload(tokenMask(imageTokens, imageTokensPadded), [
			imageTokensPadded,
			1,
		]);
		return {
			predict: (latent, condition) =>
				this.#predict(runner, latent, condition, {
					grid,
					imageTokens,
					imageTokensPadded,
					tokens,
					imageRotary,
					rotary,
					captionTokens,
					isToken,
				}),
			release: () => {
				runner.release(imageRotary.cos, imageRotary.sin, rotary.cos, rotary.sin);
				runner.release(captionTokens, isToken);
			},
		};
	}

	async #predict(
		runner: BlockRunner,
		latent: Float32Array,
		condition: Float32Array,
		prepared: SamplingTensors,
	): Promise<Float32Array> {
		const { dim, adaLnFeatures, inChannels, patchSize } = this.config;
		const { grid, imageTokens, imageTokensPadded, tokens } = prepared;
		const patchFeatures = patchSize ** 2 * inChannels;
		const latentShape = { channels: inChannels, height: grid.height, width: grid.width };
		const patchTokens = new Float32Array(imageTokensPadded * patchFeatures);
		patchTokens.set(patchify(latent, latentShape, patchSize));

		const patches = runner.upload(patchTokens, [imageTokensPadded, patchFeatures]);
		const c = runner.upload(condition, [1, adaLnFeatures]);
		const embedded = await runner.run(
			this.#imageEmbedder,
			{ patches, isToken: prepared.isToken },
			{ x: [imageTokensPadded, dim] },
		);
		runner.release(patches);
		await runner.observe('x_embedder', embedded.x);
		const image = await this.#runStack(runner, this.#noiseRefiner, embedded.x, {
			...prepared.imageRotary,
			c,
		});
		const unified = runner.concatenateRows(image, prepared.captionTokens);
		runner.release(image);
		const hidden = await this.#runStack(runner, this.#layers, unified, { ...prepared.rotary, c });
		const { y } = await runner.run(
			this.#finalLayer,
			{ x: hidden, c },
			{ y: [tokens, patchFeatures] },
		);
		runner.release(hidden, c);
		await runner.observe('final_layer', y);
		const output = await runner.download(y);
		runner.release(y);
		return unpatchify(output.subarray(0, imageTokens * patchFeatures), latentShape, patchSize);
	}

	/** Consumes `x`; the caller owns the result. */
	async #runStack(
		runner: BlockRunner,
		blocks: readonly Block[],
		x: DeviceTensor,
		inputs: { readonly cos: DeviceTensor; readonly sin: DeviceTensor; readonly c?: DeviceTensor },
	): Promise<DeviceTensor> {
		const { dim } = this.config;
		let current = x;
		for (const each of blocks) {
			const outputs: Record<string, readonly number[]> = { y: current.shape };
			if (runner.observing) {
				outputs[ATTENTION_TAP] = current.shape;
				outputs[FEED_FORWARD_TAP] = current.shape;
				if (inputs.c !== undefined) outputs[MODULATION_TAP] = [1, 4 * dim];
			}
			const { y: next, ...tapped } = await runner.run(each, { x: current, ...inputs }, outputs);
			runner.release(current);
			current = next;
			for (const [tap, tensor] of Object.entries(tapped)) {
				await runner.observe(`${each.id}.${tap}`, tensor);
				runner.release(tensor);
			}
			await runner.observe(each.id, current);
		}
		return current;
	}
}

interface Rotary {
	readonly cos: DeviceTensor;
	readonly sin: DeviceTensor;
}

interface SamplingTensors {
	readonly grid: ImageGrid;
	readonly imageTokens: number;
	readonly imageTokensPadded: number;
	readonly tokens: number;
	readonly imageRotary: Rotary;
	readonly rotary: Rotary;
	readonly captionTokens: DeviceTensor;
	readonly isToken: DeviceTensor;
}

/** [padded, 1]: 1 for a token, 0 for a pad. */
function tokenMask(tokens: number, padded: number): Float32Array {
	return new Float32Array(padded).fill(1, 0, tokens);
}

function concatenate(first: Float32Array, second: Float32Array): Float32Array {
	const joined = new Float32Array(first.length + second.length);
	joined.set(first);
	joined.set(second, first.length);
	return joined;
}

function uploadRope(
	runner: BlockRunner,
	table: { readonly cos: Float32Array; readonly sin: Float32Array },
	tokens: number,
): Rotary {
	const shape = [tokens, table.cos.length / tokens];
	return { cos: runner.upload(table.cos, shape), sin: runner.upload(table.sin, shape) };
}

function block(id: string, kind: BlockKind, tensors: readonly BlockTensor[]): Block {
	return { id: id as BlockId, kind, tensors };
}

function plain(name: string, sourceName: string, sourceShape: readonly number[]): BlockTensor {
	return { name, sourceName, sourceShape, transposed: false };
}

function matrix(
	name: string,
	sourceName: string,
	outFeatures: number,
	inFeatures: number,
): BlockTensor {
	return { name, sourceName, sourceShape: [outFeatures, inFeatures], transposed: true };
}

/** Weight and bias of a linear layer. */
function linear(
	name: string,
	sourceName: string,
	outFeatures: number,
	inFeatures: number,
): readonly BlockTensor[] {
	return [
		matrix(`${name}.weight`, `${sourceName}.weight`, outFeatures, inFeatures),
		plain(`${name}.bias`, `${sourceName}.bias`, [outFeatures]),
	];
}

function blockTensors(
	config: ZImageConfig,
	prefix: string,
	kind: BlockKind,
): readonly BlockTensor[] {
	const { dim, headDim, heads, keyValueHeads, ffnHidden, adaLnFeatures } = config;
	const own = (name: string, outFeatures: number, inFeatures: number) =>
		matrix(`${name}.weight`, `${prefix}.${name}.weight`, outFeatures, inFeatures);
	const norm = (name: string, features: number) =>
		plain(`${name}.weight`, `${prefix}.${name}.weight`, [features]);
	const modulation =
		kind === MODULATED_BLOCK
			? linear('adaLN_modulation.0', `${prefix}.adaLN_modulation.0`, 4 * dim, adaLnFeatures)
			: [];
	return [
		...modulation,
		norm('attention_norm1', dim),
		own('attention.to_q', heads * headDim, dim),
		own('attention.to_k', keyValueHeads * headDim, dim),
		own('attention.to_v', keyValueHeads * headDim, dim),
		norm('attention.norm_q', headDim),
		norm('attention.norm_k', headDim),
		own('attention.to_out.0', dim, heads * headDim),
		norm('attention_norm2', dim),
		norm('ffn_norm1', dim),
		own('feed_forward.w1', ffnHidden, dim),
		own('feed_forward.w3', ffnHidden, dim),
		own('feed_forward.w2', dim, ffnHidden),
		norm('ffn_norm2', dim),
	];
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
