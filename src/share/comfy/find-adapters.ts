import { type Fields, isFields } from '../python-json.ts';
import type { Graph, Node } from './graph.ts';

/** A LoRA that a graph loads. Graphs know no hashes. */
interface LoadedAdapter {
	readonly name: string;
	/** As yet unchecked. */
	readonly strength: unknown;
}

const STRENGTHS = ['strength_model', 'strength', 'model_weight', 'model_str', 'lora_wt', 'weight'];

/** The adapters on the way from the model's file to the sampler, the first loaded first. */
export function findAdapters(graph: Graph, model: unknown): readonly LoadedAdapter[] {
	const chain: (readonly LoadedAdapter[])[] = [];
	for (const node of modelChain(graph, model)) {
		chain.push(ofNode(graph, node));
		for (const [name, input] of Object.entries(node.inputs)) {
			if (!/stack/i.test(name)) continue;
			for (const stack of graph.upstream(input)) chain.push(ofNode(graph, stack));
		}
	}
	return chain.reverse().flat();
}

/** The nodes that the model passes, the last first. */
export function* modelChain(graph: Graph, model: unknown): Generator<Node> {
	const seen = new Set<Node>();
	let node = graph.follow(model);
	for (; node !== undefined && !seen.has(node); node = graph.follow(node.inputs['model'])) {
		seen.add(node);
		yield node;
	}
}

/** A loader is a node of its own, or one of several within a node. */
function ofNode(graph: Graph, { inputs }: Node): readonly LoadedAdapter[] {
	const nested = Object.values(inputs).filter(isFields);
	const lists = nested.flatMap((value) => value['__value__'] ?? []);
	const numbers = Object.keys(inputs).flatMap(
		(name) => /^lora(?:_name)?_(\d+)$/.exec(name)?.[1] ?? [],
	);
	return [
		...ofLoader(graph, inputs, ''),
		...numbers.flatMap((number) => ofLoader(graph, inputs, `_${number}`)),
		...[...nested, ...lists.filter(isFields)].flatMap((loader) => ofLoader(graph, loader, '')),
	];
}

/** @param suffix what the names of its inputs end in */
function ofLoader(graph: Graph, loader: Fields, suffix: string): readonly LoadedAdapter[] {
	const input = (name: string): unknown => loader[name + suffix];
	const path = input('lora_name') ?? input('lora') ?? (suffix === '' ? loader['name'] : undefined);
	const given = STRENGTHS.map(input).find((strength) => strength !== undefined);
	const strength = graph.resolve(given ?? 1);
	const off = input('on') === false || input('active') === false || input('switch') === 'Off';
	if (typeof path !== 'string' || path === 'None' || path === '' || off) return [];
	// Of another kind of node: it has a name and nothing that says how strong.
	if (input('lora_name') === undefined && input('lora') === undefined && given === undefined) {
		return [];
	}
	return Number(strength) === 0 ? [] : [{ name: fileName(path), strength }];
}

function fileName(path: string): string {
	return path
		.slice(1 + Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')))
		.replace(/\.(safetensors|sft)$/, '');
}
