import { type RestoredRecipe, restoreRecipe } from '../recipe/restore-recipe.ts';
import { NoRecipeError } from './errors.ts';

/** A node of ComfyUI's graph. An input is a value, or a link `[node id, output]`. */
interface Node {
	readonly type: string;
	readonly inputs: Readonly<Record<string, unknown>>;
}

type Nodes = ReadonlyMap<string, Node>;

/** Where nodes keep text, in the order in which they are asked for it. */
const TEXT_INPUTS = ['text', 'prompt', 'value', 'string'];
const SEED_INPUTS = ['seed', 'noise_seed'];
const MODEL_INPUTS = ['unet_name', 'ckpt_name'];

/**
 * Reads the `prompt` that ComfyUI puts into its PNGs: the graph that drew the picture. Finds the
 * sampler and follows its links to the text, the empty latent and the model; custom nodes between
 * them are walked through.
 *
 * @param json the text of the chunk
 * @throws NoRecipeError if there is no such graph
 */
export function parseComfyPrompt(json: string): RestoredRecipe {
	const nodes = readNodes(json);
	const sampler = [...nodes.values()].find(
		({ type, inputs }) => /sampler/i.test(type) && isLink(inputs['latent_image']),
	);
	if (sampler === undefined) throw new NoRecipeError();
	const { inputs } = sampler;
	// The newer samplers take their conditioning from a guider.
	const guider = follow(nodes, inputs['guider'])?.inputs ?? inputs;
	const prompt = findText(nodes, guider['positive'] ?? guider['conditioning']);
	const negative = findText(nodes, guider['negative']);
	const size = findNode(
		nodes,
		inputs['latent_image'],
		(node) => node.inputs['width'] !== undefined && node.inputs['height'] !== undefined,
	);
	const model = inputs['model'] ?? guider['model'];

	const cfg = findValue(nodes, inputs['guider'], inputs, ['cfg']);
	const denoise = findValue(nodes, inputs['sigmas'], inputs, ['denoise']);
	return restoreRecipe({
		prompt: prompt ?? '',
		// At a CFG scale of 1 there is none, whatever the graph holds.
		negativePrompt: isInert(cfg) || negative?.trim() === '' ? undefined : negative,
		seed: findValue(nodes, inputs['noise'], inputs, SEED_INPUTS),
		steps: findValue(nodes, inputs['sigmas'], inputs, ['steps']),
		width: resolve(nodes, size?.inputs['width']),
		height: resolve(nodes, size?.inputs['height']),
		guidanceScale: cfg,
		sampler: findValue(nodes, inputs['sampler'], inputs, ['sampler_name']),
		schedule: findValue(nodes, inputs['sigmas'], inputs, ['scheduler']),
		shift: findValue(nodes, model, {}, ['shift']),
		adapters: findAdapters(nodes, model),
		denoisingStrength: isInert(denoise) ? undefined : denoise,
		model: findValue(nodes, model, {}, MODEL_INPUTS),
	});
}

/** 1 is what a graph says that makes no use of it. */
function isInert(value: unknown): boolean {
	return value === undefined || value === 1;
}

/** What is loaded on the way from the model's file to the sampler, by name: graphs know no hashes. */
function findAdapters(nodes: Nodes, model: unknown): readonly object[] | undefined {
	const chain: (readonly object[])[] = [];
	const seen = new Set<Node>();
	let node = follow(nodes, model);
	for (; node !== undefined && !seen.has(node); node = follow(nodes, node.inputs['model'])) {
		seen.add(node);
		// A loader is a node of its own, or one of several within rgthree's.
		const loaders = [node.inputs, ...Object.values(node.inputs)].filter(isObject);
		chain.push(loaders.flatMap((loader) => readLoader(nodes, loader)));
	}
	const adapters = chain.reverse().flat();
	return adapters.length === 0 ? undefined : adapters;
}

function readLoader(nodes: Nodes, loader: Node['inputs']): readonly object[] {
	const path = loader['lora_name'] ?? loader['lora'];
	const strength = resolve(nodes, loader['strength_model'] ?? loader['strength'] ?? 1);
	if (typeof path !== 'string' || loader['on'] === false || strength === 0) return [];
	const name = path
		.split(/[/\\]/)
		.at(-1)
		?.replace(/\.safetensors$/, '');
	return [{ name, strength }];
}

function readNodes(json: string): Nodes {
	const graph = parseJson(json);
	if (!isObject(graph)) throw new NoRecipeError();
	const nodes = new Map<string, Node>();
	for (const [id, node] of Object.entries(graph)) {
		if (!isObject(node)) continue;
		const { class_type: type, inputs } = node;
		if (typeof type === 'string' && isObject(inputs)) nodes.set(id, { type, inputs });
	}
	return nodes;
}

function parseJson(json: string): unknown {
	try {
		// Python writes NaN, which JSON does not know; ComfyUI has it in some graphs.
		return JSON.parse(json.replaceAll(/(?<=[[,:] ?)NaN(?=[\],}])/g, 'null'));
	} catch {
		throw new NoRecipeError();
	}
}

/** The first of the named inputs: of the sampler itself, or of what the link leads to. */
function findValue(
	nodes: Nodes,
	link: unknown,
	own: Node['inputs'],
	names: readonly string[],
): unknown {
	const named = (inputs: Node['inputs']): unknown => {
		const name = names.find((candidate) => inputs[candidate] !== undefined);
		return name === undefined ? undefined : resolve(nodes, inputs[name]);
	};
	const found = findNode(nodes, link, ({ inputs }) => named(inputs) !== undefined);
	return named(own) ?? (found && named(found.inputs));
}

function findText(nodes: Nodes, link: unknown): string | undefined {
	let text: string | undefined;
	findNode(nodes, link, ({ inputs }) => {
		text = TEXT_INPUTS.map((name) => inputs[name]).find((value) => typeof value === 'string');
		return text !== undefined;
	});
	return text;
}

/** A number may come from a node of its own. */
function resolve(nodes: Nodes, value: unknown): unknown {
	const node = follow(nodes, value);
	if (node === undefined) return isLink(value) ? undefined : value;
	return (
		node.inputs['value'] ?? SEED_INPUTS.map((name) => node.inputs[name]).find(Number.isInteger)
	);
}

/** Walks from a link against the arrows, nearest nodes first, each node once. */
function findNode(nodes: Nodes, link: unknown, matches: (node: Node) => boolean): Node | undefined {
	const seen = new Set<Node>();
	const start = follow(nodes, link);
	if (start !== undefined) seen.add(start);
	// A set grows while it is walked: it is the queue too.
	for (const node of seen) {
		if (matches(node)) return node;
		for (const input of Object.values(node.inputs)) {
			const next = follow(nodes, input);
			if (next !== undefined) seen.add(next);
		}
	}
	return undefined;
}

function follow(nodes: Nodes, link: unknown): Node | undefined {
	return isLink(link) ? nodes.get(String(link[0])) : undefined;
}

function isLink(value: unknown): value is readonly [string | number, number] {
	return (
		Array.isArray(value) &&
		value.length === 2 &&
		(typeof value[0] === 'string' || typeof value[0] === 'number') &&
		typeof value[1] === 'number'
	);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
