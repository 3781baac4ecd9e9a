import type { AttributeValue, GraphNode } from '../../onnx/graph.ts';
import type { GraphView } from './graph-view.ts';

/** The shape of a piece of a graph, from its result backwards. */
export type Pattern =
	| { readonly type: 'any'; readonly name: string }
	| {
			readonly type: 'node';
			readonly operator: string;
			readonly inputs: readonly Pattern[];
			readonly name: string | undefined;
			readonly ints: Readonly<Record<string, readonly number[]>>;
	  };

export interface PatternMatch {
	readonly values: ReadonlyMap<string, string>;
	readonly nodes: ReadonlyMap<string, GraphNode>;
}

/** Any value, remembered under `name`. */
export function any(name: string): Pattern {
	return { type: 'any', name };
}

/** The result of an operator. Inputs beyond those listed may be anything. */
export function node(
	operator: string,
	inputs: readonly Pattern[],
	options: { readonly name?: string; readonly ints?: Record<string, readonly number[]> } = {},
): Pattern {
	return { type: 'node', operator, inputs, name: options.name, ints: options.ints ?? {} };
}

export function matchPattern(
	view: GraphView,
	value: string,
	pattern: Pattern,
): PatternMatch | undefined {
	const values = new Map<string, string>();
	const nodes = new Map<string, GraphNode>();
	return matches(view, value, pattern, values, nodes) ? { values, nodes } : undefined;
}

function matches(
	view: GraphView,
	value: string,
	pattern: Pattern,
	values: Map<string, string>,
	nodes: Map<string, GraphNode>,
): boolean {
	if (pattern.type === 'any') {
		values.set(pattern.name, value);
		return true;
	}
	const found = view.producer(value);
	if (found?.operator !== pattern.operator) return false;
	const attributesMatch = Object.entries(pattern.ints).every(([name, wanted]) =>
		isInts(found.attributes[name], wanted),
	);
	if (!attributesMatch) return false;
	if (pattern.name !== undefined) nodes.set(pattern.name, found);
	return pattern.inputs.every((input, index) =>
		matches(view, found.inputs[index] ?? '', input, values, nodes),
	);
}

function isInts(attribute: AttributeValue | undefined, wanted: readonly number[]): boolean {
	if (attribute?.type === 'int') return wanted.length === 1 && wanted[0] === attribute.value;
	return attribute?.type === 'ints' && attribute.value.join() === wanted.join();
}
