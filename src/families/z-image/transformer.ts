import type { Graph } from '../../graph/graph.ts';
import type {
	Block,
	BlockId,
	BlockKind,
	BlockTensor,
	Component,
	ComponentId,
	GraphOptions,
} from '../parts/block.ts';
import type { BlockRunner, DeviceTensor } from '../parts/block-runner.ts';
import type { Denoising, Evaluator } from '../parts/denoiser.ts';
import type { LatentGrid } from '../parts/latent-space.ts';
import type { Conditioning } from '../parts/prompt-encoder.ts';
import type { Turn } from '../parts/turn.ts';
import { linear, matrix, plain } from '../layers/block-tensors.ts';
import { patchify, unpatchify } from '../layers/patchify.ts';
import { ropeTable } from '../layers/rope-table.ts';
import { timestepSinusoid } from '../layers/timestep-sinusoid.ts';
import type { ZImageConfig } from './config.ts';
import { Z_IMAGE_FILES } from './files.ts';
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

const COMPONENT = 'transformer' as ComponentId;

/** A caption before it is refined. */
export interface CaptionFeatures {
	/** [tokens, captionFeatures] */
	readonly values: Float32Array;
	readonly tokens: number;
}

interface Rotary {
	readonly cos: DeviceTensor;
	readonly sin: DeviceTensor;
}

/** A sequence on its way through a stack of blocks. */
interface Stream {
	x: DeviceTensor;
	readonly inputs: Rotary & { readonly c?: DeviceTensor };
}

/** An evaluation, and what the network is told of its noise level. */
export interface TimedEvaluation {
	/** 1 - sigma. */
	readonly time: number;
	readonly passes: number;
}

/** What one of a step's passes keeps on the device. */
interface Pass {
	readonly imageRotary: Rotary;
	readonly rotary: Rotary;
	readonly caption: DeviceTensor;
}

/**
 * The Z-Image DiT as published: it is told 1 - sigma, and its output is minus the velocity. Token order is
 * the official one, image first. Source: docs/spec/z-image-turbo.md, sections 1 and 2
 */
export class ZImageTransformer implements Component {
	readonly id = COMPONENT;
	readonly files = Z_IMAGE_FILES;
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
		return [this.#timestepEmbedder, ...this.#captionBlocks, ...this.stepBlocks];
	}

	get #captionBlocks(): readonly Block[] {
		return [this.#captionEmbedder, ...this.#contextRefiner];
	}

	/** What a pass of a step runs. */
	get stepBlocks(): readonly Block[] {
		return [this.#imageEmbedder, ...this.#noiseRefiner, ...this.#layers, this.#finalLayer];
	}

	graph(kind: BlockKind, options: GraphOptions): Graph {
		return zImageGraph(this.config, kind, options);
	}

	/** Once per prompt. Each conditioning is the `caption` as the layers read it: [padded tokens, dim]. */
	refine(captions: readonly CaptionFeatures[]): Turn<readonly Conditioning[]> {
		return {
			name: 'refine',
			stage: 'encode',
			order: this.#captionBlocks.flatMap((each) => captions.map(() => each)),
			run: (runner) => this.#refine(runner, captions),
		};
	}

	prepare(
		grid: LatentGrid,
		conditionings: readonly Conditioning[],
		evaluations: readonly TimedEvaluation[],
	): Denoising {
		return {
			openBlocks: [this.#timestepEmbedder],
			stepBlocks: (passes) =>
				this.stepBlocks.flatMap((each) => Array.from({ length: passes }, () => each)),
			open: async (runner) => {
				const times = evaluations.map(({ time }) => time);
				const conditions = await this.#conditionTimesteps(runner, times);
				return this.#open(runner, grid, conditionings, (evaluation) => ({
					condition: conditions[evaluation],
					passes: evaluations[evaluation].passes,
				}));
			},
		};
	}

	async #conditionTimesteps(
		runner: BlockRunner,
		times: readonly number[],
	): Promise<readonly Float32Array[]> {
		const { adaLnFeatures, timestepScale } = this.config;
		const sinusoids = new Float32Array(times.length * TIMESTEP_SINUSOID_FEATURES);
		for (const [evaluation, time] of times.entries()) {
			const values = timestepSinusoid(time, timestepScale);
			sinusoids.set(values, evaluation * TIMESTEP_SINUSOID_FEATURES);
		}
		const sinusoid = runner.upload(sinusoids, [times.length, TIMESTEP_SINUSOID_FEATURES]);
		await runner.observe('t_sinusoid', sinusoid);
		const { c } = await runner.run(
			this.#timestepEmbedder,
			{ sinusoid },
			{ c: [times.length, adaLnFeatures] },
		);
		await runner.observe('t_embedder', c);
		const conditions = await runner.download(c);
		runner.release(sinusoid, c);
		return times.map((_, evaluation) =>
			conditions.slice(evaluation * adaLnFeatures, (evaluation + 1) * adaLnFeatures),
		);
	}

	async #refine(
		runner: BlockRunner,
		captions: readonly CaptionFeatures[],
	): Promise<readonly Conditioning[]> {
		const streams: Stream[] = [];
		for (const caption of captions) streams.push(await this.#embedCaption(runner, caption));
		await this.#runStack(runner, this.#contextRefiner, streams);
		const refined: Conditioning[] = [];
		for (const { x, inputs } of streams) {
			refined.push({ caption: { values: await runner.download(x), shape: x.shape } });
			runner.release(x, inputs.cos, inputs.sin);
		}
		await runner.assertFinite('while refining the caption');
		return refined;
	}

	async #embedCaption(runner: BlockRunner, { values, tokens }: CaptionFeatures): Promise<Stream> {
		const { dim, captionFeatures, axesDims, ropeTheta } = this.config;
		const captionTokensPadded = padTokens(tokens);
		const padded = new Float32Array(captionTokensPadded * captionFeatures);
		padded.set(values.subarray(0, tokens * captionFeatures));
		const ids = zImagePositionIds({ gridHeight: 0, gridWidth: 0, captionTokensPadded });
		const rope = ropeTable(ids.caption, axesDims, ropeTheta);
		const inputs = uploadRope(runner, rope, captionTokensPadded);
		const features = runner.upload(padded, [captionTokensPadded, captionFeatures]);
		const isToken = runner.upload(tokenMask(tokens, captionTokensPadded), [captionTokensPadded, 1]);
		const { x } = await runner.run(
			this.#captionEmbedder,
			{ features, isToken },
			{ x: [captionTokensPadded, dim] },
		);
		runner.release(features, isToken);
		await runner.observe('cap_embedder', x);
		return { x, inputs };
	}

	async #open(
		runner: BlockRunner,
		grid: LatentGrid,
		conditionings: readonly Conditioning[],
		evaluationAt: (index: number) => { readonly condition: Float32Array; readonly passes: number },
	): Promise<Evaluator> {
		const { patchSize } = this.config;
		const imageTokens = (grid.height / patchSize) * (grid.width / patchSize);
		const imageTokensPadded = padTokens(imageTokens);
		const passes: Pass[] = [];
		for (const conditioning of conditionings) {
			passes.push(await this.#openPass(runner, grid, conditioning));
		}
		const isToken = runner.upload(tokenMask(imageTokens, imageTokensPadded), [
			imageTokensPadded,
			1,
		]);
		return {
			predict: (latent, evaluation) => {
				const { condition, passes: asked } = evaluationAt(evaluation);
				return this.#predict(runner, grid, latent, condition, passes.slice(0, asked), isToken);
			},
			release: () => {
				for (const { imageRotary, rotary, caption } of passes) {
					runner.release(imageRotary.cos, imageRotary.sin, rotary.cos, rotary.sin, caption);
				}
				runner.release(isToken);
			},
		};
	}

	async #openPass(runner: BlockRunner, grid: LatentGrid, { caption }: Conditioning): Promise<Pass> {
		const { axesDims, ropeTheta, patchSize } = this.config;
		const [captionTokensPadded] = caption.shape;
		const ids = zImagePositionIds({
			gridHeight: grid.height / patchSize,
			gridWidth: grid.width / patchSize,
			captionTokensPadded,
		});
		const imageTokensPadded = ids.image.length / axesDims.length;
		const imageRope = ropeTable(ids.image, axesDims, ropeTheta);
		const captionRope = ropeTable(ids.caption, axesDims, ropeTheta);
		const rope = {
			cos: concatenate(imageRope.cos, captionRope.cos),
			sin: concatenate(imageRope.sin, captionRope.sin),
		};
		const imageRotary = uploadRope(runner, imageRope, imageTokensPadded);
		const rotary = uploadRope(runner, rope, imageTokensPadded + captionTokensPadded);
		await runner.observe('rope.cos', rotary.cos);
		await runner.observe('rope.sin', rotary.sin);
		return { imageRotary, rotary, caption: runner.upload(caption.values, caption.shape) };
	}

	/** @returns the raw output of each pass: [inChannels, height, width] */
	async #predict(
		runner: BlockRunner,
		grid: LatentGrid,
		latent: Float32Array,
		condition: Float32Array,
		passes: readonly Pass[],
		isToken: DeviceTensor,
	): Promise<readonly Float32Array[]> {
		const { dim, adaLnFeatures, inChannels, patchSize } = this.config;
		const [imageTokensPadded] = isToken.shape;
		const patchFeatures = patchSize ** 2 * inChannels;
		const latentShape = { channels: inChannels, height: grid.height, width: grid.width };
		const pixels = patchify(latent, latentShape, patchSize);
		const patchTokens = new Float32Array(imageTokensPadded * patchFeatures);
		patchTokens.set(pixels);

		const patches = runner.upload(patchTokens, [imageTokensPadded, patchFeatures]);
		const c = runner.upload(condition, [1, adaLnFeatures]);
		const images: Stream[] = [];
		for (const { imageRotary } of passes) {
			const { x } = await runner.run(
				this.#imageEmbedder,
				{ patches, isToken },
				{ x: [imageTokensPadded, dim] },
			);
			images.push({ x, inputs: { ...imageRotary, c } });
		}
		runner.release(patches);
		for (const { x } of images) await runner.observe('x_embedder', x);
		await this.#runStack(runner, this.#noiseRefiner, images);
		const streams = images.map(({ x }, index): Stream => {
			const { caption, rotary } = passes[index];
			const unified = runner.concatenateRows(x, caption);
			runner.release(x);
			return { x: unified, inputs: { ...rotary, c } };
		});
		await this.#runStack(runner, this.#layers, streams);
		const outputs: DeviceTensor[] = [];
		for (const { x } of streams) {
			const [tokens] = x.shape;
			const { y } = await runner.run(this.#finalLayer, { x, c }, { y: [tokens, patchFeatures] });
			runner.release(x);
			outputs.push(y);
		}
		runner.release(c);
		const predictions: Float32Array[] = [];
		for (const y of outputs) {
			await runner.observe('final_layer', y);
			const output = await runner.download(y);
			runner.release(y);
			predictions.push(unpatchify(output.subarray(0, pixels.length), latentShape, patchSize));
		}
		return predictions;
	}

	/** Each block over all streams before the next: its weights are loaded once. */
	async #runStack(
		runner: BlockRunner,
		blocks: readonly Block[],
		streams: readonly Stream[],
	): Promise<void> {
		const { dim } = this.config;
		for (const each of blocks) {
			for (const stream of streams) {
				const { x, inputs } = stream;
				const outputs: Record<string, readonly number[]> = { y: x.shape };
				if (runner.observing) {
					outputs[ATTENTION_TAP] = x.shape;
					outputs[FEED_FORWARD_TAP] = x.shape;
					if (inputs.c !== undefined) outputs[MODULATION_TAP] = [1, 4 * dim];
				}
				const { y, ...tapped } = await runner.run(each, { x, ...inputs }, outputs);
				runner.release(x);
				stream.x = y;
				for (const [tap, tensor] of Object.entries(tapped)) {
					await runner.observe(`${each.id}.${tap}`, tensor);
					runner.release(tensor);
				}
				await runner.observe(each.id, y);
			}
		}
	}
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
	return { component: COMPONENT, id: id as BlockId, kind, tensors };
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
