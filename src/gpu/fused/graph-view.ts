import type {
	ConstantValue,
	GraphNode,
	OnnxGraph,
	ValueName,
	WeightValue,
} from '../../onnx/graph.ts';
import {
	type Extent,
	extent,
	extentProduct,
	extentQuotient,
	extentsEqual,
	isOne,
} from './extent.ts';
import { UnsupportedGraphError } from './unsupported-graph-error.ts';

/** Operators whose result has the shape of their first input. */
const SHAPE_KEEPING = new Set([
	'Sigmoid',
	'Tanh',
	'Softmax',
	'SimplifiedLayerNormalization',
	'LayerNormalization',
	'InstanceNormalization',
	'RotaryEmbedding',
	'Identity',
]);

/** An ONNX graph, asked from its results backwards. */
export class GraphView {
	readonly graph: OnnxGraph;
	readonly #producers = new Map<string, GraphNode>();
	readonly #consumers = new Map<string, GraphNode[]>();
	readonly #constants: ReadonlyMap<string, ConstantValue>;
	readonly #weights: ReadonlyMap<string, WeightValue>;
	readonly #inputs: ReadonlySet<string>;
	readonly #shapes = new Map<string, readonly Extent[]>();

	constructor(graph: OnnxGraph) {
		this.graph = graph;
		for (const node of graph.nodes) {
			for (const output of node.outputs) this.#producers.set(output, node);
			for (const input of node.inputs) {
				this.#consumers.set(input, [...(this.#consumers.get(input) ?? []), node]);
			}
		}
		this.#constants = new Map(graph.constants.map((constant) => [constant.name, constant]));
		this.#weights = new Map(graph.weights.map((weight) => [weight.name, weight]));
		this.#inputs = new Set(graph.inputs.map(({ name }) => name));
		for (const { name, dimensions } of graph.inputs) this.#shapes.set(name, dimensions.map(extent));
		for (const { name, shape } of [...graph.weights, ...graph.constants]) {
			this.#shapes.set(name, shape.map(extent));
		}
	}

	isInput(value: string): boolean {
		return this.#inputs.has(value);
	}

	producer(value: string): GraphNode | undefined {
		return this.#producers.get(value);
	}

	/** Nodes that read `value`, one for each time that it is read. */
	consumers(value: string): readonly GraphNode[] {
		return this.#consumers.get(value) ?? [];
	}

	weight(value: string): WeightValue | undefined {
		return this.#weights.get(value);
	}

	constant(value: string): ConstantValue | undefined {
		return this.#constants.get(value);
	}

	/** @throws UnsupportedGraphError if it is no constant */
	constantValues(value: string): readonly number[] {
		const constant = this.#constants.get(value);
		if (constant === undefined) throw this.unsupported(`${value} is no constant`);
		return constant.values;
	}

	intAttribute(node: GraphNode, name: string, ifMissing: number): number {
		const attribute = node.attributes[name];
		return attribute?.type === 'int' ? attribute.value : ifMissing;
	}

	floatAttribute(node: GraphNode, name: string): number {
		const attribute = node.attributes[name];
		if (attribute?.type !== 'float') throw this.unsupported(`${node.operator} has no ${name}`);
		return attribute.value;
	}

	shape(value: string): readonly Extent[] {
		const known = this.#shapes.get(value);
		if (known !== undefined) return known;
		const shape = this.#inferShape(value);
		this.#shapes.set(value, shape);
		return shape;
	}

	unsupported(what: string): UnsupportedGraphError {
		return new UnsupportedGraphError(`${this.graph.name}: ${what}`);
	}

	#inferShape(value: string): readonly Extent[] {
		const node = this.producer(value);
		if (node === undefined) throw this.unsupported(`nothing produces ${value}`);
		const [first = '', second = ''] = node.inputs;
		if (SHAPE_KEEPING.has(node.operator)) return this.shape(first);
		switch (node.operator) {
			case 'Add':
			case 'Sub':
			case 'Mul':
				return this.#broadcast(this.shape(first), this.shape(second));
			case 'MatMul':
				return [...this.shape(first).slice(0, -1), ...this.shape(second).slice(-1)];
			case 'Split':
				return this.#lastDivided(first, node.outputs.length);
			case 'Slice':
				return this.#sliced(node);
			case 'Reshape':
				return this.#reshaped(first, second);
			case 'Transpose': {
				const permutation = node.attributes.perm;
				const shape = this.shape(first);
				if (permutation?.type !== 'ints') throw this.unsupported('Transpose without perm');
				return permutation.value.map((axis) => this.#axis(shape, axis));
			}
			case 'Conv': {
				const [batch, , ...spatial] = this.shape(first);
				const [channels] = this.shape(second);
				if (batch === undefined || channels === undefined) throw this.unsupported('Conv shape');
				return [batch, channels, ...spatial];
			}
			case 'Resize': {
				const factors = this.constantValues(node.inputs[2] ?? '');
				return this.shape(first).map((each, axis) =>
					extentProduct([each, extent(factors[axis] ?? 1)]),
				);
			}
			default:
				throw this.unsupported(`operator ${node.operator}`);
		}
	}

	#axis(shape: readonly Extent[], axis: number): Extent {
		const found = shape[axis];
		if (found === undefined) throw this.unsupported(`axis ${axis} of ${shape.length}`);
		return found;
	}

	#broadcast(a: readonly Extent[], b: readonly Extent[]): readonly Extent[] {
		const rank = Math.max(a.length, b.length);
		return Array.from({ length: rank }, (_, axis) => {
			const left = a[axis - rank + a.length] ?? extent(1);
			const right = b[axis - rank + b.length] ?? extent(1);
			if (!isOne(left) && !isOne(right) && !extentsEqual(left, right)) {
				throw this.unsupported('shapes that do not broadcast');
			}
			return isOne(left) ? right : left;
		});
	}

	#lastDivided(value: string, parts: number): readonly Extent[] {
		const shape = this.shape(value);
		const part = extentQuotient(this.#axis(shape, shape.length - 1), extent(parts));
		if (part === undefined) throw this.unsupported(`Split into ${parts} unequal parts`);
		return [...shape.slice(0, -1), part];
	}

	#sliced(node: GraphNode): readonly Extent[] {
		const [first = '', starts = '', ends = '', axes = ''] = node.inputs;
		const [start = 0] = this.constantValues(starts);
		const [end = 0] = this.constantValues(ends);
		const [axis] = this.constantValues(axes);
		if (axis !== -1) throw this.unsupported('Slice of another axis than the last');
		return [...this.shape(first).slice(0, -1), extent(end - start)];
	}

	#reshaped(value: string, target: string): readonly Extent[] {
		const like = this.producer(target);
		if (like?.operator === 'Shape') return this.shape(like.inputs[0] ?? '');
		const extents = this.constantValues(target);
		const given = extentProduct(extents.filter((each) => each !== -1).map(extent));
		const rest = extentQuotient(extentProduct(this.shape(value)), given);
		if (rest === undefined) throw this.unsupported('Reshape to a shape that does not divide');
		return extents.map((each) => (each === -1 ? rest : extent(each)));
	}
}

/** The value as callers of a node's inputs know it. */
export function inputOf(node: GraphNode, index: number): ValueName | '' {
	return node.inputs[index] ?? '';
}
