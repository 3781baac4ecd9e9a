import type { OnnxGraph } from '../../onnx/graph.ts';
import type { Block, BlockId, BlockKind, BlockTensor, GraphOptions } from '../parts/block.ts';
import type { BlockRunner, DeviceTensor } from '../parts/block-runner.ts';
import type {
	DiffusionTransformer,
	ImageGrid,
	PreparedSampling,
	RefinedCaption,
} from '../parts/diffusion-transformer.ts';
import { patchify, unpatchify } from '../layers/patchify.ts';
import { ropeTable } from '../layers/rope-table.ts';
import { timestepSinusoid } from '../layers/timestep-sinusoid.ts';
import type { ZImageConfig } from './config.ts';
import {
	ATTENTION_TAP,
	CAPTION_EMBEDDER,
	FEED_FORWARD_TAP,
	FINAL_LAYER,
	IMAGE_EMBEDDER,
	MODULATED_BLOCK,
	MODULATION_TAP,
	PLAIN_BLOCK,
	TIMESTEP_EMBEDDER,
	TIMESTEP_HIDDEN_FEATURES,
	TIMESTEP_SINUSOID_FEATURES,
	zImageGraph,
} from './graphs.ts';
import { padTokens, zImagePositionIds } from './position-ids.ts';

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
		return zImageGraph(this.config, kind, options);
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
