import type { Dimension, WeightFormat } from '../graph/graph.ts';
import type {
	Attributes,
	ConstantValue,
	GraphNode,
	GraphValue,
	OnnxGraph,
	ValueName,
	WeightValue,
} from './onnx-graph.ts';

/** Collects nodes, weights and constants; every method returns the name of the value it made. */
export class OnnxBuilder {
	readonly #name: string;
	readonly #inputs: GraphValue[] = [];
	readonly #outputs: GraphValue[] = [];
	readonly #weights: WeightValue[] = [];
	readonly #constants: ConstantValue[] = [];
	readonly #nodes: GraphNode[] = [];
	/** Names of outputs, by those of the values that they are. */
	readonly #published = new Map<string, ValueName>();
	#nextValue = 0;

	constructor(name: string) {
		this.#name = name;
	}

	/** A float32 activation. */
	input(name: string, dimensions: readonly Dimension[]): ValueName {
		const value = name as ValueName;
		this.#inputs.push({ name: value, type: 'float32', dimensions });
		return value;
	}

	/** A weight bound in one piece. */
	weight(tensor: string, shape: readonly number[], format: WeightFormat = 'f16'): ValueName {
		return this.#addWeight({ name: tensor, tensor, elementOffset: 0, shape, format });
	}

	/** Some rows of a weight [rows, columns]. */
	weightRows(
		tensor: string,
		rows: { readonly start: number; readonly end: number },
		columns: number,
		format: WeightFormat = 'f16',
	): ValueName {
		const name = `${tensor}.rows${rows.start}`;
		const shape = [rows.end - rows.start, columns];
		return this.#addWeight({ name, tensor, elementOffset: rows.start * columns, shape, format });
	}

	integers(values: readonly number[]): ValueName {
		return this.#constant('int64', [values.length], values);
	}

	scalar(value: number): ValueName {
		return this.#constant('float32', [], [value]);
	}

	floats(values: readonly number[]): ValueName {
		return this.#constant('float32', [values.length], values);
	}

	op(
		operator: string,
		inputs: readonly (ValueName | '')[],
		attributes: Attributes = {},
		domain: GraphNode['domain'] = '',
	): ValueName {
		const output = this.#fresh(operator);
		this.#nodes.push({ operator, domain, inputs, outputs: [output], attributes });
		return output;
	}

	/** An operator of ONNX Runtime's own domain. */
	contribOp(operator: string, inputs: readonly ValueName[], attributes?: Attributes): ValueName {
		return this.op(operator, inputs, attributes, 'com.microsoft');
	}

	/** `Split` into equal parts. */
	split(x: ValueName, parts: number, axis: number): readonly ValueName[] {
		const outputs = Array.from({ length: parts }, () => this.#fresh('Split'));
		const attributes = { axis, num_outputs: parts };
		this.#nodes.push({ operator: 'Split', domain: '', inputs: [x], outputs, attributes });
		return outputs;
	}

	reshape(x: ValueName, shape: readonly number[]): ValueName {
		return this.op('Reshape', [x, this.integers(shape)]);
	}

	/** Publishes an operator's result under `name`. */
	output(name: string, value: ValueName, dimensions: readonly Dimension[]): void {
		const output = name as ValueName;
		this.#published.set(value, output);
		this.#outputs.push({ name: output, type: 'float32', dimensions });
	}

	build(): OnnxGraph {
		const rename = <Name extends ValueName | ''>(name: Name): Name | ValueName =>
			this.#published.get(name) ?? name;
		return {
			name: this.#name,
			inputs: this.#inputs,
			outputs: this.#outputs,
			weights: this.#weights,
			constants: this.#constants,
			nodes: this.#nodes.map((node) => ({
				...node,
				inputs: node.inputs.map(rename),
				outputs: node.outputs.map(rename),
			})),
		};
	}

	#fresh(operator: string): ValueName {
		return `${operator.toLowerCase()}_${this.#nextValue++}` as ValueName;
	}

	#addWeight(weight: Omit<WeightValue, 'name'> & { readonly name: string }): ValueName {
		const name = weight.name as ValueName;
		const isKnown = this.#weights.some((known) => known.name === name);
		if (!isKnown) this.#weights.push({ ...weight, name });
		return name;
	}

	#constant(type: 'float32' | 'int64', shape: readonly number[], values: readonly number[]) {
		const name = this.#fresh('constant');
		this.#constants.push({ name, type, shape, values });
		return name;
	}
}
