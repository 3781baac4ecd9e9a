import { notDrawn, type NotDrawn } from '../../recipe/recipe-warning.ts';
import { type RestoredRecipe, restoreForeign } from '../../recipe/restore-recipe.ts';
import { hasWeights } from '../prompt-weights.ts';
import type { Fields } from '../python-json.ts';
import { findAdapters } from './find-adapters.ts';
import { findPasses, latentOf } from './find-passes.ts';
import { findText } from './find-text.ts';
import { Graph, isLink, type Node } from './graph.ts';
import { notesOf } from './graph-notes.ts';

const SEED_INPUTS = ['seed', 'noise_seed'];
const MODEL_INPUTS = ['unet_name', 'ckpt_name', 'model_name', 'gguf_name', 'base_ckpt_name'];
const WIDTHS = ['width', 'empty_latent_width', 'image_width'];
const HEIGHTS = ['height', 'empty_latent_height', 'image_height'];
/** Nodes that are one sampler, and have no field that says which. */
const SAMPLER_NODES: Readonly<Record<string, string>> = {
	SamplerEulerAncestral: 'euler_ancestral',
	SamplerDPMPP_2M_SDE: 'dpmpp_2m_sde',
	SamplerDPMPP_3M_SDE: 'dpmpp_3m_sde',
	SamplerDPMPP_SDE: 'dpmpp_sde',
	SamplerDPMPP_2S_Ancestral: 'dpmpp_2s_ancestral',
	SamplerER_SDE: 'er_sde',
	SamplerLMS: 'lms',
	SamplerSASolver: 'sa_solver',
};
const SCHEDULE_NODES: Readonly<Record<string, string>> = {
	BetaSamplingScheduler: 'beta',
	KarrasScheduler: 'karras',
	ExponentialScheduler: 'exponential',
	Flux2Scheduler: 'flux2',
};

/**
 * Reads the `prompt` that ComfyUI puts into its pictures: the graph that drew the picture. Goes back from
 * what was saved to the samplers, and from the first of them to the text, the empty latent and the model;
 * custom nodes between them are walked through. What the graph does besides is told in the warnings.
 *
 * @param json parsed
 * @returns undefined if there is no such graph
 * Source: docs/spec/samplers.md, section 8
 */
export function readComfyPrompt(json: unknown): RestoredRecipe | undefined {
	const graph = Graph.read(json);
	const passes = graph && findPasses(graph);
	if (graph === undefined || passes === undefined) return undefined;
	const { inputs } = passes.base;
	// The newer samplers take their conditioning from a guider.
	const guider = graph.follow(inputs['guider'])?.inputs ?? inputs;
	const positive = guider['positive'] ?? guider['conditioning'] ?? guider['cond1'];
	const prompt = findText(graph, positive ?? hiddenText(graph, passes.base), 'positive');
	const negative = findText(graph, guider['negative'], 'negative');
	const model = inputs['model'] ?? guider['model'];
	const cfg = graph.resolve(inputs['cfg'] ?? guider['cfg'] ?? guider['cfg_conds']);
	const guided = cfg !== undefined && cfg !== 1;
	const denoise = valueOf(graph, inputs['sigmas'], inputs, ['denoise']);
	const adapters = findAdapters(graph, model ?? [passes.base.id, 0]);
	const latent = latentOf(passes.base);
	return restoreForeign(
		{
			prompt: prompt.text,
			// At a CFG scale of 1 there is none, whatever the graph holds.
			negativePrompt: guided && negative.text?.trim() !== '' ? negative.text : undefined,
			seed: seedOf(graph, inputs),
			steps: valueOf(graph, inputs['sigmas'], inputs, ['steps']),
			...sizeOf(graph, latent, passes.base),
			guidanceScale: cfg,
			sampler: valueOf(graph, inputs['sampler'], inputs, ['sampler_name'], SAMPLER_NODES),
			schedule: valueOf(graph, inputs['sigmas'], inputs, ['scheduler'], SCHEDULE_NODES),
			shift: valueOf(graph, model, {}, ['shift']),
			adapters: adapters.length === 0 ? undefined : adapters,
			denoisingStrength: denoise === 1 ? undefined : denoise,
			model: valueOf(graph, model ?? [passes.base.id, 0], {}, MODEL_INPUTS),
		},
		[
			...notesOf(graph, passes, model, [prompt, ...(guided ? [negative] : [])]),
			...weightNotes(prompt.text),
		],
	);
}

function weightNotes(prompt: string | undefined): readonly NotDrawn[] {
	return hasWeights(prompt) ? [notDrawn('prompt-weights')] : [];
}

/** Of a sampler that has no link to a conditioning: a text further up, in a loader of everything. */
function hiddenText(graph: Graph, sampler: Node): unknown {
	const loader = graph.find([sampler.id, 0], ({ inputs }) => inputs['positive'] !== undefined);
	return loader?.inputs['positive'];
}

function seedOf(graph: Graph, inputs: Fields): unknown {
	const noise = graph.follow(inputs['noise'])?.inputs ?? inputs;
	const given = SEED_INPUTS.map((name) => noise[name]).find((seed) => seed !== undefined);
	return graph.resolve(given ?? valueOf(graph, inputs['noise'], inputs, SEED_INPUTS));
}

function sizeOf(
	graph: Graph,
	latent: unknown,
	sampler: Node,
): { readonly width?: unknown; readonly height?: unknown } {
	const named = ({ inputs }: Node, names: readonly string[]): unknown =>
		names.map((name) => inputs[name]).find((value) => value !== undefined);
	const from = latent ?? ([sampler.id, 0] as const);
	const node = graph.find(
		from,
		(one) => named(one, WIDTHS) !== undefined && named(one, HEIGHTS) !== undefined,
	);
	if (node === undefined) return {};
	const width = graph.resolve(named(node, WIDTHS));
	const height = graph.resolve(named(node, HEIGHTS));
	// One that is computed cannot be known, and the other alone is of no use.
	return width === undefined || height === undefined ? {} : { width, height };
}

/** The first of the named inputs: of the sampler itself, or of what the link leads to. */
function valueOf(
	graph: Graph,
	link: unknown,
	own: Fields,
	names: readonly string[],
	classes: Readonly<Record<string, string>> = {},
): unknown {
	const named = (inputs: Fields): unknown => {
		const name = names.find((candidate) => inputs[candidate] !== undefined);
		return name === undefined ? undefined : graph.resolve(inputs[name]);
	};
	const ownValue = named(own);
	if (ownValue !== undefined) return ownValue;
	if (!isLink(link)) return undefined;
	for (const { type, inputs } of graph.upstream(link)) {
		const value = Object.hasOwn(classes, type) ? classes[type] : named(inputs);
		if (value !== undefined) return value;
	}
	return undefined;
}
