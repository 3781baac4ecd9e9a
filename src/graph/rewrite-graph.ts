import type { ComputedNode, Graph, GraphNode, InputValue, Term, WeightValue } from './graph.ts';
import { GraphBuilder } from './graph-builder.ts';

/** What takes the place of a graph's values. */
export interface Rewriting {
	/** Stands for a vector, wherever it is read as one. */
	readonly vector: (weight: WeightValue, g: GraphBuilder) => ComputedNode | WeightValue;
	/** @param node with what it reads rewritten already */
	readonly linear: (node: LinearNode, g: GraphBuilder) => LinearNode;
}

type LinearNode = Extract<GraphNode, { readonly type: 'linear' }>;

/** A graph with the same inputs and outputs, some of whose values are computed in another way. */
export function rewriteGraph(graph: Graph, rewriting: Rewriting): Graph {
	const g = new GraphBuilder(graph.name, 'side ');
	const made = new Map<Term, Term>(
		graph.inputs.map((input) => [input, g.input(input.name, input.dimensions)]),
	);
	const vectors = new Map<string, ComputedNode | WeightValue>();
	const rewritten = <Value extends Term>(value: Value): Value => {
		if (value.type === 'constant') return value;
		if (value.type === 'weight') {
			const known = vectors.get(value.tensor) ?? rewriting.vector(value, g);
			vectors.set(value.tensor, known);
			return known as Value;
		}
		return (made.get(value) ?? value) as Value;
	};
	for (const node of graph.nodes) {
		const read = withInputs(node, rewritten);
		made.set(node, g.keep(read.type === 'linear' ? rewriting.linear(read, g) : read));
	}
	for (const { name: output, value, dimensions } of graph.outputs) {
		g.output(output, rewritten(value), dimensions);
	}
	return g.build();
}

/** Matrices stay as they are: only what is read as a vector is mapped. */
function withInputs(
	node: GraphNode,
	map: <Value extends InputValue | GraphNode | Term>(value: Value) => Value,
): GraphNode {
	switch (node.type) {
		case 'linear':
			return { ...node, x: map(node.x), bias: node.bias && map(node.bias) };
		case 'conv':
		case 'pixels':
		case 'part':
		case 'view':
		case 'mix':
			return { ...node, x: map(node.x) };
		case 'weight-squares':
			return node;
		case 'row-norm':
			return { ...node, x: map(node.x), scale: map(node.scale) };
		case 'head-norm-rotary': {
			const { cos, sin } = node.rotary;
			const rotary = { ...node.rotary, cos: map(cos), sin: map(sin) };
			return { ...node, x: map(node.x), weight: map(node.weight), rotary };
		}
		case 'attention': {
			const { q, k, v, mask } = node;
			return { ...node, q: map(q), k: map(k), v: map(v), mask: mask && map(mask) };
		}
		case 'image':
			return { ...node, x: map(node.x), like: map(node.like) };
		case 'silu':
		case 'tanh':
		case 'inverse-sqrt':
			return { ...node, of: map(node.of) };
		case 'add':
		case 'subtract':
		case 'multiply':
			return { ...node, left: map(node.left), right: map(node.right) };
	}
}
