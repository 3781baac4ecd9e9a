import { GraphBuilder } from '../../onnx/graph-builder.ts';
import type { Dimension, OnnxGraph, ValueName } from '../../onnx/graph.ts';
import type {
	Block,
	BlockId,
	BlockKind,
	BlockTensor,
	Component,
	ComponentId,
	GraphOptions,
} from '../parts/block.ts';
import type { BlockRunner, DeviceTensor, HeldWeights } from '../parts/block-runner.ts';
import { ConfigFields } from '../parts/config-fields.ts';
import type { LatentGrid } from '../parts/latent-space.ts';
import { silu } from '../layers/graph-layers.ts';
import { shardLayout } from '../parts/shard-layout.ts';
import type { CheckpointFiles } from '../parts/checkpoint-files.ts';
import type { Turn } from '../parts/turn.ts';
import { FLUX_VAE_FILES } from './flux-vae-files.ts';

/** The fields of vae/config.json that decide the decoder. Source: spec 5. */
export interface AutoencoderKlConfig {
	/** Channels of each level, image side first. */
	readonly blockOutChannels: readonly number[];
	readonly layersPerBlock: number;
	readonly latentChannels: number;
	readonly outChannels: number;
	readonly normGroups: number;
	readonly midAttention: boolean;
	readonly postQuantConv: boolean;
	readonly scalingFactor: number;
	readonly shiftFactor: number;
}

/** In the reference code, not in the config. */
const GROUP_NORM_EPSILON = 1e-6;

/** @throws ConfigError */
export function parseAutoencoderKlConfig(json: unknown): AutoencoderKlConfig {
	const fields = new ConfigFields(json, 'vae/config.json');
	const config: AutoencoderKlConfig = {
		blockOutChannels: fields.integers('block_out_channels'),
		layersPerBlock: fields.integer('layers_per_block', 2),
		latentChannels: fields.integer('latent_channels', 16),
		outChannels: fields.integer('out_channels', 3),
		normGroups: fields.integer('norm_num_groups', 32),
		midAttention: fields.boolean('mid_block_add_attention', true),
		postQuantConv: fields.boolean('use_post_quant_conv', true),
		scalingFactor: fields.number('scaling_factor', 1),
		shiftFactor: fields.number('shift_factor', 0),
	};
	fields.require(
		config.blockOutChannels.every((channels) => channels % config.normGroups === 0),
		'every entry of block_out_channels must be a multiple of norm_num_groups.',
	);
	return config;
}

/** Of the decoder: the encoder will be a component of its own. */
const COMPONENT = 'vae' as ComponentId;
const CONV_IN = 'vae.conv_in' as BlockKind;
const CONV_OUT = 'vae.conv_out' as BlockKind;
const POST_QUANT_CONV = 'vae.post_quant_conv' as BlockKind;

/** One stage of the decoder, with what its output looks like. */
type Stage = {
	readonly block: Block;
	/** True if it can write its output over its input. */
	readonly inPlace: boolean;
	readonly outChannels: number;
	/** The graph that computes the upsampler before and this block together, where their sizes differ. */
	readonly upsampledKind: BlockKind | undefined;
	/** 2 after an upsampler. */
	readonly upscale: number;
	/** Names of golden values that this stage's output is. */
	readonly observedAs: readonly string[];
};

/** How a kind of block computes; `kind` encodes the same, so equal kinds are equal recipes. */
type StageRecipe =
	| { readonly type: 'conv'; readonly in: number; readonly out: number; readonly kernel: number }
	| { readonly type: 'conv_out'; readonly in: number; readonly out: number }
	| { readonly type: 'resnet'; readonly in: number; readonly out: number }
	| { readonly type: 'attention'; readonly channels: number }
	| { readonly type: 'upsample'; readonly channels: number }
	/** A resnet of what an upsampler makes, which is larger than any other value and need not exist whole. */
	| { readonly type: 'upsampled_resnet'; readonly in: number; readonly out: number };

/** The decoder of AutoencoderKL, one block per residual stage so that no stage's weights or activations wait for another. */
export class AutoencoderKlDecoder implements Component {
	readonly id = COMPONENT;
	readonly files: CheckpointFiles;
	readonly config: AutoencoderKlConfig;
	readonly #stages: readonly Stage[];
	readonly #recipes: ReadonlyMap<BlockKind, StageRecipe>;

	/** @param files FLUX.1's where not given */
	constructor(config: AutoencoderKlConfig, files: CheckpointFiles = FLUX_VAE_FILES) {
		this.config = config;
		this.files = files;
		const builder = new StageListBuilder(config.normGroups);
		addStages(config, builder);
		this.#stages = builder.stages;
		this.#recipes = builder.recipes;
	}

	get blocks(): readonly Block[] {
		return this.#stages.map((stage) => stage.block);
	}

	/** Image pixels per latent pixel, each way. */
	get upscale(): number {
		return 2 ** (this.config.blockOutChannels.length - 1);
	}

	graph(kind: BlockKind, options: GraphOptions): OnnxGraph {
		const recipe = this.#recipes.get(kind);
		if (recipe === undefined) throw new RangeError(`The VAE has no graph for ${kind}`);
		return stageGraph(kind, recipe, this.config.normGroups, options);
	}

	/**
	 * @param latent as the sampler leaves it: [latentChannels, height, width]
	 * @returns the image, around -1 to 1, not clamped: [outChannels, height·upscale, width·upscale]
	 */
	decode(latent: Float32Array, grid: LatentGrid): Turn<Float32Array<ArrayBuffer>> {
		return {
			name: 'decode',
			stage: 'decode',
			order: this.blocks,
			cuttable: true,
			run: (runner, memoryBytes) => this.#decode(runner, latent, grid, memoryBytes),
		};
	}

	async #decode(
		runner: BlockRunner,
		latent: Float32Array,
		grid: LatentGrid,
		memoryBytes: number | undefined,
	): Promise<Float32Array<ArrayBuffer>> {
		const { latentChannels, scalingFactor, shiftFactor } = this.config;
		const { height, width } = grid;
		const unscaled = latent.map((value) => value / scalingFactor + shiftFactor);
		const input = runner.upload(unscaled, [1, latentChannels, height, width]);
		const image =
			memoryBytes === undefined
				? await this.#decodeWhole(runner, input, grid)
				: await this.#decodeWithin(memoryBytes, runner, input, grid);
		const pixels = await runner.download(image);
		runner.release(image);
		await runner.assertFinite('while decoding the picture');
		return pixels;
	}

	async #decodeWhole(
		runner: BlockRunner,
		input: DeviceTensor,
		grid: LatentGrid,
	): Promise<DeviceTensor> {
		let { height, width } = grid;
		let x = input;
		for (const stage of this.#stages) {
			height *= stage.upscale;
			width *= stage.upscale;
			const { y } = await runner.run(
				stage.block,
				{ x },
				{ y: [1, stage.outChannels, height, width] },
			);
			runner.release(x);
			x = y;
			for (const name of stage.observedAs) await runner.observe(name, x);
		}
		return x;
	}

	/** Stages that keep their extents write over their input; upsamplers run with the resnet after them. */
	async #decodeWithin(
		memoryBytes: number,
		runner: BlockRunner,
		input: DeviceTensor,
		grid: LatentGrid,
	): Promise<DeviceTensor> {
		let { height, width } = grid;
		let x = input;
		let upsampler: { readonly weights: HeldWeights; readonly bytes: number } | undefined;
		for (const [index, stage] of this.#stages.entries()) {
			height *= stage.upscale;
			width *= stage.upscale;
			if (stage.upscale > 1 && this.#stages[index + 1]?.upsampledKind !== undefined) {
				const weights = await runner.hold(stage.block);
				upsampler = { weights, bytes: shardLayout(stage.block).byteLength };
				continue;
			}
			const shape = [1, stage.outChannels, height, width];
			const inPlace = stage.inPlace && upsampler === undefined;
			const kind = upsampler === undefined ? stage.block.kind : stage.upsampledKind;
			const heldBytes =
				bufferBytes(x.shape) + (inPlace ? 0 : bufferBytes(shape)) + (upsampler?.bytes ?? 0);
			const { y } = await runner.run(
				{ ...stage.block, kind: kind ?? stage.block.kind },
				{ x },
				{ y: inPlace ? x : shape },
				{
					scratchBytes: memoryBytes - heldBytes,
					...(upsampler === undefined ? {} : { beside: upsampler.weights }),
				},
			);
			if (!inPlace) runner.discard(x);
			if (upsampler !== undefined) runner.drop(upsampler.weights);
			upsampler = undefined;
			x = y;
			for (const name of stage.observedAs) await runner.observe(name, x);
		}
		return x;
	}
}

/** Of a tensor's buffer: sizes are multiples of 16. */
function bufferBytes(shape: readonly number[]): number {
	const bytes = shape.reduce((product, extent) => product * extent, Float32Array.BYTES_PER_ELEMENT);
	return Math.ceil(bytes / 16) * 16;
}

class StageListBuilder {
	readonly stages: Stage[] = [];
	readonly recipes = new Map<BlockKind, StageRecipe>();
	readonly #normGroups: number;

	constructor(normGroups: number) {
		this.#normGroups = normGroups;
	}

	/** @param path the module's name under `decoder.`; also the name under which goldens know its output */
	add(kind: BlockKind, path: string, recipe: StageRecipe, alsoObservedAs?: string): void {
		this.recipes.set(kind, recipe);
		this.stages.push({
			block: {
				component: COMPONENT,
				id: path as BlockId,
				kind,
				tensors: stageTensors(path, recipe),
			},
			inPlace: recipe.type === 'resnet' && recipe.in === recipe.out,
			upsampledKind: this.#upsampledKind(kind, recipe),
			outChannels:
				recipe.type === 'attention' || recipe.type === 'upsample' ? recipe.channels : recipe.out,
			upscale: recipe.type === 'upsample' ? 2 : 1,
			observedAs: alsoObservedAs === undefined ? [path] : [path, alsoObservedAs],
		});
	}

	#upsampledKind(kind: BlockKind, recipe: StageRecipe): BlockKind | undefined {
		const previous = this.stages.at(-1);
		const changesChannels = recipe.type === 'resnet' && recipe.in !== recipe.out;
		if (!changesChannels || previous?.upscale !== 2) return undefined;
		const upsampledKind = `${kind}-upsampled` as BlockKind;
		this.recipes.set(upsampledKind, { ...recipe, type: 'upsampled_resnet' });
		return upsampledKind;
	}

	addResnet(path: string, inChannels: number, outChannels: number, alsoObservedAs?: string): void {
		const kind = `vae.resnet-${inChannels}-${outChannels}-g${this.#normGroups}` as BlockKind;
		this.add(kind, path, { type: 'resnet', in: inChannels, out: outChannels }, alsoObservedAs);
	}
}

function addStages(config: AutoencoderKlConfig, list: StageListBuilder): void {
	const { latentChannels, layersPerBlock, outChannels } = config;
	const levels = [...config.blockOutChannels].reverse();
	const [deepest = 0] = levels;
	if (config.postQuantConv) {
		const recipe = { type: 'conv', in: latentChannels, out: latentChannels, kernel: 1 } as const;
		list.add(POST_QUANT_CONV, 'post_quant_conv', recipe);
	}
	list.add(CONV_IN, 'conv_in', { type: 'conv', in: latentChannels, out: deepest, kernel: 3 });
	list.addResnet('mid_block.resnets.0', deepest, deepest);
	if (config.midAttention) {
		list.add(`vae.attention-${deepest}` as BlockKind, 'mid_block.attentions.0', {
			type: 'attention',
			channels: deepest,
		});
	}
	list.addResnet('mid_block.resnets.1', deepest, deepest, 'mid_block');
	let channels = deepest;
	for (const [level, levelChannels] of levels.entries()) {
		const path = `up_blocks.${level}`;
		const isLastLevel = level === levels.length - 1;
		for (let index = 0; index <= layersPerBlock; index++) {
			const endsLevel = isLastLevel && index === layersPerBlock;
			list.addResnet(
				`${path}.resnets.${index}`,
				channels,
				levelChannels,
				endsLevel ? path : undefined,
			);
			channels = levelChannels;
		}
		if (!isLastLevel) {
			list.add(
				`vae.upsample-${channels}` as BlockKind,
				`${path}.upsamplers.0`,
				{ type: 'upsample', channels },
				path,
			);
		}
	}
	list.add(CONV_OUT, 'conv_out', { type: 'conv_out', in: channels, out: outChannels }, 'image');
}

/** Name in the shard, which is also the suffix of the checkpoint's name. */
function tensor(prefix: string, name: string, sourceShape: readonly number[]): BlockTensor {
	return { name, sourceName: `${prefix}.${name}`, sourceShape, transposed: false };
}

function convTensors(
	prefix: string,
	name: string,
	inChannels: number,
	outChannels: number,
	kernel: number,
): readonly BlockTensor[] {
	const path = name === '' ? '' : `${name}.`;
	return [
		tensor(prefix, `${path}weight`, [outChannels, inChannels, kernel, kernel]),
		tensor(prefix, `${path}bias`, [outChannels]),
	];
}

function normTensors(prefix: string, name: string, channels: number): readonly BlockTensor[] {
	return [tensor(prefix, `${name}.weight`, [channels]), tensor(prefix, `${name}.bias`, [channels])];
}

function stageTensors(path: string, recipe: StageRecipe): readonly BlockTensor[] {
	const prefix = path === 'post_quant_conv' ? path : `decoder.${path}`;
	switch (recipe.type) {
		case 'conv':
			return convTensors(prefix, '', recipe.in, recipe.out, recipe.kernel);
		case 'conv_out':
			return [
				...normTensors('decoder', 'conv_norm_out', recipe.in),
				...convTensors('decoder', 'conv_out', recipe.in, recipe.out, 3),
			];
		case 'upsampled_resnet':
		case 'resnet':
			return [
				...normTensors(prefix, 'norm1', recipe.in),
				...convTensors(prefix, 'conv1', recipe.in, recipe.out, 3),
				...normTensors(prefix, 'norm2', recipe.out),
				...convTensors(prefix, 'conv2', recipe.out, recipe.out, 3),
				...(recipe.in === recipe.out
					? []
					: convTensors(prefix, 'conv_shortcut', recipe.in, recipe.out, 1)),
			];
		case 'attention': {
			const { channels } = recipe;
			const linear = (name: string): readonly BlockTensor[] => [
				{ ...tensor(prefix, `${name}.weight`, [channels, channels]), transposed: true },
				tensor(prefix, `${name}.bias`, [channels]),
			];
			return [
				...normTensors(prefix, 'group_norm', channels),
				...['to_q', 'to_k', 'to_v', 'to_out.0'].flatMap(linear),
			];
		}
		case 'upsample':
			return convTensors(prefix, 'conv', recipe.channels, recipe.channels, 3);
	}
}

function stageGraph(
	kind: BlockKind,
	recipe: StageRecipe,
	normGroups: number,
	options: GraphOptions,
): OnnxGraph {
	const g = new GraphBuilder(kind, options);
	const inChannels = 'in' in recipe ? recipe.in : recipe.channels;
	const x = g.input('x', [1, inChannels, 'height', 'width']);
	const publish = (y: ValueName, channels: number, spatial: readonly [Dimension, Dimension]) => {
		g.output('y', y, [1, channels, ...spatial]);
		return g.build();
	};
	const sameSize = ['height', 'width'] as const;
	switch (recipe.type) {
		case 'conv':
			return publish(conv(g, x, '', recipe.in, recipe.out, recipe.kernel), recipe.out, sameSize);
		case 'conv_out': {
			const h = silu(g, groupNorm(g, x, 'conv_norm_out', recipe.in, normGroups));
			return publish(conv(g, h, 'conv_out', recipe.in, recipe.out, 3), recipe.out, sameSize);
		}
		case 'resnet':
			return publish(resnet(g, x, recipe, normGroups), recipe.out, sameSize);
		case 'upsampled_resnet': {
			const u = conv(g, nearestDouble(g, x), 'conv', recipe.in, recipe.in, 3);
			return publish(resnet(g, u, recipe, normGroups), recipe.out, ['height2', 'width2']);
		}
		case 'attention':
			return publish(
				spatialAttention(g, x, recipe.channels, normGroups),
				recipe.channels,
				sameSize,
			);
		case 'upsample': {
			const doubled = nearestDouble(g, x);
			const y = conv(g, doubled, 'conv', recipe.channels, recipe.channels, 3);
			return publish(y, recipe.channels, ['height2', 'width2']);
		}
	}
}

/** x: [1, in, height, width], result [1, out, height, width]. */
function resnet(
	g: GraphBuilder,
	x: ValueName,
	channels: { readonly in: number; readonly out: number },
	normGroups: number,
): ValueName {
	const h1 = silu(g, groupNorm(g, x, 'norm1', channels.in, normGroups));
	const c1 = conv(g, h1, 'conv1', channels.in, channels.out, 3);
	const h2 = silu(g, groupNorm(g, c1, 'norm2', channels.out, normGroups));
	const c2 = conv(g, h2, 'conv2', channels.out, channels.out, 3);
	const skip =
		channels.in === channels.out ? x : conv(g, x, 'conv_shortcut', channels.in, channels.out, 1);
	return g.op('Add', [skip, c2]);
}

/** 'same' convolution with bias. x: [1, in, height, width]. */
function conv(
	g: GraphBuilder,
	x: ValueName,
	name: string,
	inChannels: number,
	outChannels: number,
	kernel: number,
): ValueName {
	const path = name === '' ? '' : `${name}.`;
	const weight = g.weight(`${path}weight`, [outChannels, inChannels, kernel, kernel]);
	const bias = g.weight(`${path}bias`, [outChannels]);
	const padding = (kernel - 1) / 2;
	return g.op('Conv', [x, weight, bias], {
		kernel_shape: [kernel, kernel],
		pads: [padding, padding, padding, padding],
		strides: [1, 1],
	});
}

/** GroupNorm as an InstanceNorm over groups: ONNX Runtime's WebGPU build has no GroupNorm kernel. */
function groupNorm(
	g: GraphBuilder,
	x: ValueName,
	name: string,
	channels: number,
	groups: number,
): ValueName {
	const grouped = g.reshape(x, [1, groups, -1]);
	const ones = g.floats(new Array<number>(groups).fill(1));
	const zeros = g.floats(new Array<number>(groups).fill(0));
	const normalized = g.op('InstanceNormalization', [grouped, ones, zeros], {
		epsilon: { float: GROUP_NORM_EPSILON },
	});
	const restored = g.op('Reshape', [normalized, g.op('Shape', [x])]);
	const perChannel = (suffix: string) =>
		g.reshape(g.weight(`${name}.${suffix}`, [channels]), [1, channels, 1, 1]);
	return g.op('Add', [g.op('Mul', [restored, perChannel('weight')]), perChannel('bias')]);
}

/** One head over all pixels, with its residual. x: [1, channels, height, width]. Source: spec 5. */
function spatialAttention(
	g: GraphBuilder,
	x: ValueName,
	channels: number,
	groups: number,
): ValueName {
	const normalized = groupNorm(g, x, 'group_norm', channels, groups);
	const pixels = g.op('Transpose', [g.reshape(normalized, [channels, -1])], { perm: [1, 0] });
	const project = (value: ValueName, name: string) =>
		g.op('Add', [
			g.linear(value, `${name}.weight`, channels, channels),
			g.weight(`${name}.bias`, [channels]),
		]);
	const q = g.op('Mul', [project(pixels, 'to_q'), g.scalar(1 / Math.sqrt(channels))]);
	const k = g.op('Transpose', [project(pixels, 'to_k')], { perm: [1, 0] });
	const weights = g.op('Softmax', [g.op('MatMul', [q, k])], { axis: -1 });
	const mixed = project(g.op('MatMul', [weights, project(pixels, 'to_v')]), 'to_out.0');
	const image = g.op('Reshape', [g.op('Transpose', [mixed], { perm: [1, 0] }), g.op('Shape', [x])]);
	return g.op('Add', [x, image]);
}

/** Each pixel twice in both directions: [1, channels, h, w] → [1, channels, 2h, 2w]. */
function nearestDouble(g: GraphBuilder, x: ValueName): ValueName {
	return g.op('Resize', [x, '', g.floats([1, 1, 2, 2])], {
		mode: 'nearest',
		coordinate_transformation_mode: 'asymmetric',
		nearest_mode: 'floor',
	});
}
