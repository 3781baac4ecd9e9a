import type { RecipeSettings } from '../../recipe/recipe-settings.ts';
import { type Output, WorkflowGraph } from './workflow-graph.ts';

/** File names of a model as ComfyUI's folders hold them. */
export interface WorkflowFiles {
	readonly transformer: string;
	readonly textEncoder: string;
	/** ComfyUI's name for the kind of text encoder. */
	readonly textEncoderType: string;
	readonly vae: string;
}

export interface WorkflowAsked {
	readonly recipe: RecipeSettings;
	readonly files: WorkflowFiles;
	/** What the model does where the recipe says nothing. */
	readonly defaults: { readonly shift: number; readonly guidanceScale: number };
	/** The noise levels that are gone through: written out where ComfyUI has no schedule that gives them. */
	readonly sigmas: Float32Array;
}

const SCHEDULES: ReadonlySet<string> = new Set([
	...['simple', 'sgm_uniform', 'karras', 'exponential', 'ddim_uniform', 'beta', 'normal'],
	...['linear_quadratic', 'kl_optimal'],
]);
/** Nodes for samplers whose noise can be set, and their field for how much is renewed. */
const STOCHASTIC_NODES: Readonly<Record<string, string>> = {
	euler_ancestral: 'SamplerEulerAncestral',
	dpmpp_2s_ancestral: 'SamplerDPMPP_2S_Ancestral',
	dpmpp_sde: 'SamplerDPMPP_SDE',
	dpmpp_3m_sde: 'SamplerDPMPP_3M_SDE',
};

/**
 * A graph of ComfyUI's own nodes that draws the recipe's picture there.
 *
 * Source: docs/spec/samplers.md, section 8
 */
export function writeWorkflow({ recipe, files, defaults, sigmas }: WorkflowAsked): WorkflowGraph {
	const { sampler = 'euler', schedule, eta, noiseScale, steps, seed, width, height } = recipe;
	const cfg = recipe.guidanceScale ?? defaults.guidanceScale;
	const graph = new WorkflowGraph();

	const [clip] = graph.add({
		...{ type: 'CLIPLoader', inputs: [], outputs: [['CLIP', 'CLIP']] },
		widgets: [
			['clip_name', files.textEncoder],
			['type', files.textEncoderType],
			['device', 'default'],
		],
	});
	const [vae] = graph.add({
		...{ type: 'VAELoader', inputs: [], outputs: [['VAE', 'VAE']] },
		widgets: [['vae_name', files.vae]],
	});
	const model = addModel(graph, recipe, files, recipe.shift ?? defaults.shift);
	const positive = addText(graph, clip, recipe.prompt);
	const negative = addText(graph, clip, recipe.negativePrompt ?? '');
	const [latent] = graph.add({
		...{ type: 'EmptySD3LatentImage', inputs: [], outputs: [['LATENT', 'LATENT']] },
		widgets: [
			['width', width],
			['height', height],
			['batch_size', 1],
		],
	});
	const common = [
		['model', model],
		['positive', positive],
		['negative', negative],
		['latent_image', latent],
	] as const;
	const isPlain =
		schedule !== undefined &&
		SCHEDULES.has(schedule) &&
		eta === undefined &&
		noiseScale === undefined;
	const [samples] = isPlain
		? graph.add({
				...{ type: 'KSampler', inputs: common, outputs: [['LATENT', 'LATENT']] },
				widgets: [
					['seed', seed],
					['steps', steps],
					['cfg', cfg],
					['sampler_name', sampler],
					['scheduler', schedule],
					['denoise', 1],
				],
				pageWidgets: { seed: 'fixed' },
			})
		: graph.add({
				type: 'SamplerCustom',
				inputs: [
					...common.slice(0, 3),
					['sampler', addSampler(graph, recipe, sampler)],
					['sigmas', addSigmas(graph, sigmas)],
					...common.slice(3),
				],
				outputs: [
					['output', 'LATENT'],
					['denoised_output', 'LATENT'],
				],
				widgets: [
					['add_noise', 'true'],
					['noise_seed', seed],
					['cfg', cfg],
				],
				pageWidgets: { noise_seed: 'fixed' },
			});
	const [images] = graph.add({
		type: 'VAEDecode',
		inputs: [
			['samples', samples],
			['vae', vae],
		],
		...{ outputs: [['IMAGE', 'IMAGE']], widgets: [] },
	});
	graph.add({
		...{ type: 'SaveImage', inputs: [['images', images]], outputs: [] },
		widgets: [['filename_prefix', 'Shardlight']],
	});
	return graph;
}

function addModel(
	graph: WorkflowGraph,
	{ adapters = [] }: RecipeSettings,
	files: WorkflowFiles,
	shift: number,
): Output {
	let [model] = graph.add({
		...{ type: 'UNETLoader', inputs: [], outputs: [['MODEL', 'MODEL']] },
		widgets: [
			['unet_name', files.transformer],
			['weight_dtype', 'default'],
		],
	});
	for (const { name, strength } of adapters) {
		[model] = graph.add({
			...{ type: 'LoraLoaderModelOnly', inputs: [['model', model]], outputs: [['MODEL', 'MODEL']] },
			widgets: [
				['lora_name', `${name}.safetensors`],
				['strength_model', strength],
			],
		});
	}
	const [shifted] = graph.add({
		...{ type: 'ModelSamplingAuraFlow', inputs: [['model', model]], outputs: [['MODEL', 'MODEL']] },
		widgets: [['shift', shift]],
	});
	return shifted;
}

function addText(graph: WorkflowGraph, clip: Output, text: string): Output {
	const [conditioning] = graph.add({
		type: 'CLIPTextEncode',
		...{ inputs: [['clip', clip]], outputs: [['CONDITIONING', 'CONDITIONING']] },
		widgets: [['text', text]],
	});
	return conditioning;
}

function addSampler(
	graph: WorkflowGraph,
	{ eta, noiseScale }: RecipeSettings,
	sampler: string,
): Output {
	const outputs = [['SAMPLER', 'SAMPLER']] as const;
	const isSet = eta !== undefined || noiseScale !== undefined;
	const type = isSet ? STOCHASTIC_NODES[sampler] : undefined;
	const [chosen] =
		type === undefined
			? graph.add({
					type: 'KSamplerSelect',
					inputs: [],
					outputs,
					widgets: [['sampler_name', sampler]],
				})
			: graph.add({
					...{ type, inputs: [], outputs },
					widgets: [
						['eta', eta ?? 1],
						['s_noise', noiseScale ?? 1],
						...(type === 'SamplerDPMPP_SDE' ? [['r', 0.5] as const] : []),
						...(type.endsWith('SDE') ? [['noise_device', 'cpu'] as const] : []),
					],
				});
	return chosen;
}

function addSigmas(graph: WorkflowGraph, sigmas: Float32Array): Output {
	const [written] = graph.add({
		...{ type: 'ManualSigmas', inputs: [], outputs: [['SIGMAS', 'SIGMAS']] },
		widgets: [['sigmas', Array.from(sigmas).join(', ')]],
	});
	return written;
}
