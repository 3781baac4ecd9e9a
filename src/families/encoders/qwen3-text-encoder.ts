import type { ComputedNode, Graph } from '../../graph/graph.ts';
import { GraphBuilder } from '../../graph/graph-builder.ts';
import type { Block, BlockId, BlockKind, Component, ComponentId } from '../parts/block.ts';
import type { BlockRunner, DeviceTensor } from '../parts/block-runner.ts';
import { ConfigFields, MOST_LAYERS } from '../parts/config-fields.ts';
import type { CheckpointFiles } from '../parts/checkpoint-files.ts';
import type { Turn } from '../parts/turn.ts';
import { QWEN3_4B_FILES } from './qwen3-files.ts';
import { matrix, plain } from '../layers/block-tensors.ts';
import { swiGlu } from '../layers/swi-glu.ts';
import { halfRotaryTable } from '../layers/rope-table.ts';

/** The fields of a Qwen3 config.json that decide shapes and arithmetic. Source: docs/spec/z-image-turbo.md 4. */
export interface Qwen3Config {
	readonly hiddenSize: number;
	readonly intermediateSize: number;
	readonly layers: number;
	readonly heads: number;
	readonly keyValueHeads: number;
	readonly headDim: number;
	readonly vocabSize: number;
	readonly ropeTheta: number;
	readonly rmsNormEpsilon: number;
}

/** Several times the largest that is published. */
const LARGEST_VOCABULARY = 2 ** 20;

/** @throws ConfigError */
export function parseQwen3Config(json: unknown): Qwen3Config {
	const fields = new ConfigFields(json, 'text_encoder/config.json');
	const hiddenSize = fields.integer('hidden_size');
	const heads = fields.integer('num_attention_heads');
	const config: Qwen3Config = {
		hiddenSize,
		intermediateSize: fields.integer('intermediate_size'),
		layers: fields.integer('num_hidden_layers', undefined, MOST_LAYERS),
		heads,
		keyValueHeads: fields.integer('num_key_value_heads', heads),
		headDim: fields.integer('head_dim', Math.floor(hiddenSize / heads)),
		vocabSize: fields.integer('vocab_size', undefined, LARGEST_VOCABULARY),
		ropeTheta: fields.positive('rope_theta', 1e6),
		rmsNormEpsilon: fields.positive('rms_norm_eps', 1e-6),
	};
	fields.require(config.layers >= 2, 'at least 2 layers are needed, since the last is never run.');
	fields.require(config.headDim % 2 === 0, 'head_dim must be even.');
	fields.require(
		config.heads % config.keyValueHeads === 0,
		'num_attention_heads must be a multiple of num_key_value_heads.',
	);
	return config;
}

const LAYER = 'qwen3.layer' as BlockKind;
const EMBEDDING = 'qwen3.embedding' as BlockKind;
const NORM = 'qwen3.norm' as BlockKind;

/** Far below any score and still finite: exp(MASKED - max) is exactly 0. */
const MASKED = -1e30;

export interface Qwen3Options {
	/**
	 * Also run the last layer and the final norm, which Z-Image never needs: golden files hold their
	 * result as the last of `hidden_states`.
	 */
	readonly whole?: boolean;
	/** `text_encoder` where not given. */
	readonly id?: ComponentId;
	/** Qwen3-4B's where not given. */
	readonly files?: CheckpointFiles;
}

/** A prompt on its way through the layers. */
interface PromptStream {
	readonly inputs: Readonly<Record<'cos' | 'sin' | 'mask', DeviceTensor>>;
	x: DeviceTensor;
}

/**
 * The text encoder of Z-Image: a Qwen3 model whose second to last hidden state is the caption.
 * Source: docs/spec/z-image-turbo.md, section 4
 */
export class Qwen3TextEncoder implements Component {
	readonly id: ComponentId;
	readonly files: CheckpointFiles;
	readonly config: Qwen3Config;
	/** The token table: [vocabSize, hiddenSize]. Its rows are read by the CPU, it never goes to the GPU. */
	readonly embedding: Block;
	/** All layers but the last: what `encode` needs. */
	readonly layers: readonly Block[];
	/** The last layer and the final norm, in whole models only. */
	readonly #tail: readonly [lastLayer: Block, norm: Block] | undefined;

	constructor(config: Qwen3Config, options: Qwen3Options = {}) {
		this.config = config;
		const { id: component = 'text_encoder' as ComponentId, files = QWEN3_4B_FILES } = options;
		this.id = component;
		this.files = files;
		const { hiddenSize, vocabSize } = config;
		this.embedding = {
			component,
			id: 'embed_tokens' as BlockId,
			kind: EMBEDDING,
			tensors: [plain('weight', 'model.embed_tokens.weight', [vocabSize, hiddenSize])],
		};
		const lastIndex = config.layers - 1;
		const layer = (index: number) => layerBlock(component, config, index);
		this.layers = Array.from({ length: lastIndex }, (_, index) => layer(index));
		const norm: Block = {
			component,
			id: 'norm' as BlockId,
			kind: NORM,
			tensors: [plain('weight', 'model.norm.weight', [hiddenSize])],
		};
		this.#tail = options.whole === true ? [layer(lastIndex), norm] : undefined;
	}

	get blocks(): readonly Block[] {
		return [this.embedding, ...this.layers, ...(this.#tail ?? [])];
	}

	graph(kind: BlockKind): Graph {
		switch (kind) {
			case LAYER:
				return layerGraph(this.config);
			case NORM:
				return normGraph(this.config);
			default:
				throw new RangeError(`Qwen3 has no graph for blocks of kind ${kind}`);
		}
	}

	/**
	 * Runs prompts through the layers, all of them through one layer before the next.
	 *
	 * @param prompts token ids of each
	 * @returns for each the residual stream after layer n-2 of n, not normalized: [tokens, hiddenSize]
	 */
	encode(prompts: readonly Int32Array[]): Turn<readonly Float32Array<ArrayBuffer>[]> {
		return {
			name: this.id,
			stage: 'encode',
			resultKey: prompts.map((ids) => ids.join()).join(' '),
			order: [...this.layers, ...(this.#tail ?? [])].flatMap((block) => prompts.map(() => block)),
			run: (runner) => this.#encode(runner, prompts),
		};
	}

	async #encode(
		runner: BlockRunner,
		prompts: readonly Int32Array[],
	): Promise<readonly Float32Array<ArrayBuffer>[]> {
		const streams: PromptStream[] = [];
		for (const ids of prompts) streams.push(await this.#open(runner, ids));
		for (const [index, layer] of this.layers.entries()) {
			for (const stream of streams) await this.#runLayer(runner, layer, stream, index);
		}
		const hidden: Float32Array<ArrayBuffer>[] = [];
		for (const { x } of streams) {
			await runner.observe('prompt_embeds', x);
			hidden.push(await runner.download(x));
		}
		if (this.#tail !== undefined) await this.#runTail(runner, this.#tail, streams);
		for (const { x, inputs } of streams) runner.release(x, inputs.cos, inputs.sin, inputs.mask);
		await runner.assertFinite('while reading the prompt');
		return hidden;
	}

	async #open(runner: BlockRunner, ids: Int32Array): Promise<PromptStream> {
		const { hiddenSize, headDim, ropeTheta } = this.config;
		const tokens = ids.length;
		const embeddings = await runner.rows(this.embedding, 'weight', ids);
		const table = halfRotaryTable(tokens, headDim, ropeTheta);
		const cos = runner.upload(table.cos, [tokens, headDim / 2]);
		const sin = runner.upload(table.sin, [tokens, headDim / 2]);
		const mask = runner.upload(causalMask(tokens), [tokens, tokens]);
		const x = runner.upload(embeddings, [tokens, hiddenSize]);
		await runner.observe('hidden_states.0', x);
		return { inputs: { cos, sin, mask }, x };
	}

	async #runLayer(
		runner: BlockRunner,
		layer: Block,
		stream: PromptStream,
		index: number,
	): Promise<void> {
		const { x, inputs } = stream;
		const { y } = await runner.run(layer, { x, ...inputs }, { y: x.shape });
		runner.release(x);
		stream.x = y;
		await runner.observe(`hidden_states.${index + 1}`, y);
	}

	/** The last hidden state that transformers reports is the normalized one. */
	async #runTail(
		runner: BlockRunner,
		[lastLayer, norm]: readonly [Block, Block],
		streams: readonly PromptStream[],
	): Promise<void> {
		const last: DeviceTensor[] = [];
		for (const { x, inputs } of streams) {
			const { y } = await runner.run(lastLayer, { x, ...inputs }, { y: x.shape });
			last.push(y);
		}
		for (const y of last) {
			const normalized = await runner.run(norm, { x: y }, { y: y.shape });
			await runner.observe(`hidden_states.${this.config.layers}`, normalized.y);
			runner.release(y, normalized.y);
		}
	}
}

/** [tokens, tokens]: 0 where row may see column. */
function causalMask(tokens: number): Float32Array {
	const mask = new Float32Array(tokens * tokens);
	for (let row = 0; row < tokens; row++) {
		mask.fill(MASKED, row * tokens + row + 1, (row + 1) * tokens);
	}
	return mask;
}

function layerBlock(component: ComponentId, config: Qwen3Config, index: number): Block {
	const { hiddenSize, intermediateSize, heads, keyValueHeads, headDim } = config;
	const prefix = `model.layers.${index}`;
	const vector = (name: string, length: number) =>
		plain(`${name}.weight`, `${prefix}.${name}.weight`, [length]);
	const linear = (name: string, outFeatures: number, inFeatures: number) =>
		matrix(`${name}.weight`, `${prefix}.${name}.weight`, outFeatures, inFeatures);
	return {
		component,
		id: `layers.${index}` as BlockId,
		kind: LAYER,
		tensors: [
			vector('input_layernorm', hiddenSize),
			linear('self_attn.q_proj', heads * headDim, hiddenSize),
			linear('self_attn.k_proj', keyValueHeads * headDim, hiddenSize),
			linear('self_attn.v_proj', keyValueHeads * headDim, hiddenSize),
			vector('self_attn.q_norm', headDim),
			vector('self_attn.k_norm', headDim),
			linear('self_attn.o_proj', hiddenSize, heads * headDim),
			vector('post_attention_layernorm', hiddenSize),
			linear('mlp.gate_proj', intermediateSize, hiddenSize),
			linear('mlp.up_proj', intermediateSize, hiddenSize),
			linear('mlp.down_proj', hiddenSize, intermediateSize),
		],
	};
}

function layerGraph(config: Qwen3Config): Graph {
	const { hiddenSize, intermediateSize, heads, keyValueHeads, headDim, rmsNormEpsilon } = config;
	const g = new GraphBuilder(LAYER);
	const x = g.input('x', ['tokens', hiddenSize]);
	const rotary = {
		interleaved: false,
		cos: g.input('cos', ['tokens', headDim / 2]),
		sin: g.input('sin', ['tokens', headDim / 2]),
	};
	const mask = g.input('mask', ['tokens', 'tokens']);

	const h = g.rmsNorm(x, 'input_layernorm.weight', rmsNormEpsilon);
	const project = (name: string, count: number) =>
		g.linear(h, `self_attn.${name}.weight`, count * headDim);
	const rotate = (value: ComputedNode, name: string, count: number) =>
		g.headNormRotary(value, `self_attn.${name}.weight`, count, rmsNormEpsilon, rotary);
	const q = rotate(project('q_proj', heads), 'q_norm', heads);
	const k = rotate(project('k_proj', keyValueHeads), 'k_norm', keyValueHeads);
	const v = project('v_proj', keyValueHeads);
	const mixed = g.attention([q, k, v], { heads, keyValueHeads, headDim }, mask);
	const attended = g.add(x, g.linear(mixed, 'self_attn.o_proj.weight', hiddenSize));

	const h2 = g.rmsNorm(attended, 'post_attention_layernorm.weight', rmsNormEpsilon);
	const names = {
		gate: 'mlp.gate_proj.weight',
		up: 'mlp.up_proj.weight',
		down: 'mlp.down_proj.weight',
	};
	const y = g.add(attended, swiGlu(g, h2, names, hiddenSize, intermediateSize));
	g.output('y', y, ['tokens', hiddenSize]);
	return g.build();
}

function normGraph({ hiddenSize, rmsNormEpsilon }: Qwen3Config): Graph {
	const g = new GraphBuilder(NORM);
	const x = g.input('x', ['tokens', hiddenSize]);
	g.output('y', g.rmsNorm(x, 'weight', rmsNormEpsilon), ['tokens', hiddenSize]);
	return g.build();
}
