import { type Graph, isLink, type Node } from './graph.ts';

/** How a graph made its picture, from the noise to the file. */
export interface Passes {
	/** The sampler that began with an empty picture, or with the one that was loaded. */
	readonly base: Node;
	/** Samplers that went on from there, in their order. */
	readonly later: readonly Node[];
	/** What was done to the picture then, up to the node that saved it. */
	readonly after: readonly Node[];
}

const LATENT_INPUTS = ['latent_image', 'latent', 'latents', 'samples', 'optional_latent'];
const NOISE_INPUTS = ['seed', 'noise_seed', 'noise', 'sigmas', 'steps'];
const PICTURE_INPUTS = ['images', 'image', 'pixels', 'samples', 'latent_image', 'latent'];

/** A sampler makes a latent of another, in steps: whatever its class is called. */
function isSampler({ inputs }: Node): boolean {
	return latentOf({ inputs }) !== undefined && NOISE_INPUTS.some((name) => name in inputs);
}

/** The link to what a sampler begins with. */
export function latentOf({ inputs }: Pick<Node, 'inputs'>): unknown {
	return LATENT_INPUTS.map((name) => inputs[name]).find(isLink);
}

/** For nodes that hide a sampler: they have all its numbers. */
function hasSettings({ inputs }: Node): boolean {
	return 'steps' in inputs && ('seed' in inputs || 'noise_seed' in inputs);
}

/** @returns undefined for a graph that draws nothing */
export function findPasses(graph: Graph): Passes | undefined {
	const all = [...graph.nodes];
	const matches = all.some(isSampler) ? isSampler : hasSettings;
	const samplers = new Set(all.filter(matches));
	if (samplers.size === 0) return undefined;
	const leading = leadingTo(graph, samplers);
	const end = savedBy(graph, leading);
	if (end === undefined) return undefined;

	const after: Node[] = [];
	const drawn: Node[] = [];
	const seen = new Set<Node>();
	for (let node: Node | undefined = end; node !== undefined && !seen.has(node);) {
		seen.add(node);
		if (samplers.has(node)) drawn.unshift(node);
		else if (drawn.length === 0 && node !== end) after.push(node);
		node = nextPicture(graph, node, samplers.has(node), leading);
	}
	const [base, ...later] = drawn;
	return base === undefined ? undefined : { base, later, after };
}

/** What saved the picture. Several save nodes: the file does not say which, so the first that saves. */
function savedBy(graph: Graph, leading: ReadonlySet<Node>): Node | undefined {
	const ends = graph.ends.filter((node) => leading.has(node));
	return (
		ends.find(({ type }) => /save/i.test(type)) ??
		ends.find(({ type }) => /preview/i.test(type)) ??
		ends[0] ??
		// A graph that runs in a circle has no end.
		[...leading][0]
	);
}

/** Against the arrows, the node that the picture came from. */
function nextPicture(
	graph: Graph,
	{ inputs }: Node,
	isSampler: boolean,
	leading: ReadonlySet<Node>,
): Node | undefined {
	const leads = (link: unknown): Node | undefined => {
		const node = graph.follow(link);
		return node !== undefined && leading.has(node) ? node : undefined;
	};
	if (isSampler) return leads(latentOf({ inputs }));
	for (const name of PICTURE_INPUTS) {
		const node = leads(inputs[name]);
		if (node !== undefined) return node;
	}
	return Object.values(inputs)
		.map(leads)
		.find((node) => node !== undefined);
}

/** The nodes that a way leads from to one of `targets`, those included. */
function leadingTo(graph: Graph, targets: ReadonlySet<Node>): ReadonlySet<Node> {
	const users = new Map<Node, Node[]>();
	for (const node of graph.nodes) {
		for (const input of Object.values(node.inputs)) {
			const source = graph.follow(input);
			if (source === undefined) continue;
			const known = users.get(source);
			if (known === undefined) users.set(source, [node]);
			else known.push(node);
		}
	}
	const leading = new Set(targets);
	for (const node of leading) for (const user of users.get(node) ?? []) leading.add(user);
	return leading;
}
