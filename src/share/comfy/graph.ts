import { type Fields, isFields } from '../python-json.ts';

/** A node of ComfyUI's graph. An input is a value, or a link. */
export interface Node {
	readonly id: string;
	/** Its class: `KSampler`. */
	readonly type: string;
	readonly inputs: Fields;
}

/** To an output of another node: its id, and which of its outputs. */
export type Link = readonly [string | number, number];

/** The graph that was run, as the server had it: nothing bypassed, subgraphs unfolded. */
export class Graph {
	readonly #nodes: ReadonlyMap<string, Node>;

	private constructor(nodes: ReadonlyMap<string, Node>) {
		this.#nodes = nodes;
	}

	/** @returns undefined for JSON that is no such graph */
	static read(json: unknown): Graph | undefined {
		if (!isFields(json)) return undefined;
		const nodes = new Map<string, Node>();
		for (const [id, node] of Object.entries(json)) {
			if (!isFields(node)) continue;
			const { class_type: type, inputs } = node;
			if (typeof type === 'string' && isFields(inputs)) nodes.set(id, { id, type, inputs });
		}
		return nodes.size === 0 ? undefined : new Graph(nodes);
	}

	get nodes(): Iterable<Node> {
		return this.#nodes.values();
	}

	/** The node that a link leads to; undefined for a value. */
	follow(link: unknown): Node | undefined {
		return isLink(link) ? this.#nodes.get(String(link[0])) : undefined;
	}

	/** The nodes that no other node takes anything from. */
	get ends(): readonly Node[] {
		const used = new Set<Node | undefined>();
		for (const node of this.nodes) for (const from of this.#sources(node)) used.add(from);
		return [...this.nodes].filter((node) => !used.has(node));
	}

	/** All nodes from a link against the arrows, nearest first, each once. */
	*upstream(link: unknown): Generator<Node> {
		const start = this.follow(link);
		// A set grows while it is walked: it is the queue too.
		const seen = new Set(start === undefined ? [] : [start]);
		for (const node of seen) {
			yield node;
			for (const source of this.#sources(node)) seen.add(source);
		}
	}

	find(link: unknown, matches: (node: Node) => boolean): Node | undefined {
		for (const node of this.upstream(link)) if (matches(node)) return node;
		return undefined;
	}

	/** A number may come from a node of its own. */
	resolve(value: unknown): unknown {
		let current = value;
		for (let hops = 0; isLink(current) && hops < MAX_HOPS; hops++) {
			const inputs = this.follow(current)?.inputs ?? {};
			current = NUMBER_INPUTS.map((name) => inputs[name]).find(
				(input) => input !== undefined && !isFields(input),
			);
		}
		return isLink(current) ? undefined : current;
	}

	#sources({ inputs }: Node): readonly Node[] {
		return Object.values(inputs).flatMap((input) => this.follow(input) ?? []);
	}
}

const MAX_HOPS = 8;
/** Where the nodes that hold a number have it. */
const NUMBER_INPUTS = ['value', 'seed', 'noise_seed', 'int', 'float', 'number', 'Number', 'any'];

export function isLink(value: unknown): value is Link {
	return (
		Array.isArray(value) &&
		value.length === 2 &&
		(typeof value[0] === 'string' || typeof value[0] === 'number') &&
		typeof value[1] === 'number'
	);
}
