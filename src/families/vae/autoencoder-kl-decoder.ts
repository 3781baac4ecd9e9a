import type { Graph } from '../../graph/graph.ts';
import type {
	Block,
	BlockId,
	BlockKind,
	BlockTensor,
	Component,
	ComponentId,
} from '../parts/block.ts';
import type { BlockRunner, DeviceTensor, HeldWeights } from '../parts/block-runner.ts';
import { ConfigFields, MOST_LAYERS } from '../parts/config-fields.ts';
import type { LatentGrid } from '../parts/latent-space.ts';
import { shardLayout } from '../parts/shard-layout.ts';
import type { CheckpointFiles } from '../parts/checkpoint-files.ts';
import type { Turn } from '../parts/turn.ts';
import { linear, plain } from '../layers/block-tensors.ts';
import { FLUX_VAE_FILES } from './flux-vae-files.ts';
import { stageGraph, type StageRecipe } from './stage-graphs.ts';

/** The fields of vae/config.json that decide the decoder. Source: docs/spec/z-image-turbo.md 5. */
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

/** Each doubles the picture's sides. */
const MOST_LEVELS = 6;

/** @throws ConfigError */
export function parseAutoencoderKlConfig(json: unknown): AutoencoderKlConfig {
	const fields = new ConfigFields(json, 'vae/config.json');
	const config: AutoencoderKlConfig = {
		blockOutChannels: fields.integers('block_out_channels'),
		layersPerBlock: fields.integer('layers_per_block', 2, MOST_LAYERS),
		latentChannels: fields.integer('latent_channels', 16),
		outChannels: fields.integer('out_channels', 3),
		normGroups: fields.integer('norm_num_groups', 32),
		midAttention: fields.boolean('mid_block_add_attention', true),
		postQuantConv: fields.boolean('use_post_quant_conv', true),
		scalingFactor: fields.positive('scaling_factor', 1),
		shiftFactor: fields.number('shift_factor', 0),
	};
	fields.require(config.outChannels === 3, 'out_channels must be 3: red, green and blue.');
	fields.require(
		config.blockOutChannels.length <= MOST_LEVELS,
		`block_out_channels must not have more than ${MOST_LEVELS} entries.`,
	);
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

	graph(kind: BlockKind): Graph {
		const recipe = this.#recipes.get(kind);
		if (recipe === undefined) throw new RangeError(`The VAE has no graph for ${kind}`);
		return stageGraph(kind, recipe, this.config.normGroups);
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
	return plain(name, `${prefix}.${name}`, sourceShape);
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
			return [
				...normTensors(prefix, 'group_norm', channels),
				...['to_q', 'to_k', 'to_v', 'to_out.0'].flatMap((name) =>
					linear(name, `${prefix}.${name}`, channels, channels),
				),
			];
		}
		case 'upsample':
			return convTensors(prefix, 'conv', recipe.channels, recipe.channels, 3);
	}
}
