import type {
	AttributeValue,
	ConstantValue,
	Dimension,
	GraphNode,
	GraphValue,
	OnnxGraph,
	ValueName,
	WeightValue,
} from './graph.ts';

/** Attributes as callers write them: a number is a float only where `f` wraps it. */
export type Attributes = Readonly<
	Record<string, number | readonly number[] | string | FloatAttribute>
>;

export interface FloatAttribute {
	readonly float: number;
}

export interface GraphBuilderOptions {
	/** A weight of more f32 bytes than this is split by rows. */
	readonly maxBindingBytes: number;
}

/** Rows per piece are a multiple of this, so that every FP16 piece starts at a multiple of 256 bytes. */
const SPLIT_ROW_MULTIPLE = 128;

/** Collects nodes, weights and constants; every method returns the name of the value it made. */
export class GraphBuilder {
	readonly #name: string;
	readonly #maxBindingBytes: number;
	readonly #inputs: GraphValue[] = [];
	readonly #outputs: GraphValue[] = [];
	readonly #weights: WeightValue[] = [];
	readonly #constants: ConstantValue[] = [];
	readonly #nodes: GraphNode[] = [];
	#nextValue = 0;

	constructor(name: string, options: GraphBuilderOptions) {
		this.#name = name;
		this.#maxBindingBytes = options.maxBindingBytes;
	}

	/** A float32 activation. */
	input(name: string, dimensions: readonly Dimension[]): ValueName {
		const value = name as ValueName;
		this.#inputs.push({ name: value, type: 'float32', dimensions });
		return value;
	}

	/** A weight bound in one piece: norms, biases, convolution kernels. */
	weight(tensor: string, shape: readonly number[]): ValueName {
		return this.#addWeight(tensor, tensor, 0, shape);
	}

	/**
	 * `x · W` for a weight stored `[in, out]`; splits W by rows where one binding cannot hold it.
	 *
	 * @throws RangeError if not even a few rows fit a binding
	 */
	linear(x: ValueName, tensor: string, inFeatures: number, outFeatures: number): ValueName {
		const rowBytes = outFeatures * Float32Array.BYTES_PER_ELEMENT;
		if (inFeatures * rowBytes <= this.#maxBindingBytes) {
			return this.op('MatMul', [x, this.weight(tensor, [inFeatures, outFeatures])]);
		}
		const rowsPerPiece =
			Math.floor(this.#maxBindingBytes / rowBytes / SPLIT_ROW_MULTIPLE) * SPLIT_ROW_MULTIPLE;
		if (rowsPerPiece === 0) {
			throw new RangeError(
				`${tensor}: ${SPLIT_ROW_MULTIPLE} rows of ${rowBytes} bytes exceed a binding of ${this.#maxBindingBytes} bytes`,
			);
		}
		let sum: ValueName | undefined;
		for (let row = 0; row < inFeatures; row += rowsPerPiece) {
			const rows = Math.min(rowsPerPiece, inFeatures - row);
			const piece = this.#addWeight(`${tensor}.rows${row}`, tensor, row * outFeatures, [
				rows,
				outFeatures,
			]);
			const columns = this.op('Slice', [
				x,
				this.integers([row]),
				this.integers([row + rows]),
				this.integers([-1]),
			]);
			const product = this.op('MatMul', [columns, piece]);
			sum = sum === undefined ? product : this.op('Add', [sum, product]);
		}
		if (sum === undefined) throw new RangeError(`${tensor} has no rows`);
		return sum;
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

	op(operator: string, inputs: readonly (ValueName | '')[], attributes?: Attributes): ValueName {
		const output = this.#fresh(operator);
		this.#addNode(operator, '', inputs, [output], attributes);
		return output;
	}

	/** An operator of ONNX Runtime's own domain. */
	contribOp(operator: string, inputs: readonly ValueName[], attributes?: Attributes): ValueName {
		const output = this.#fresh(operator);
		this.#addNode(operator, 'com.microsoft', inputs, [output], attributes);
		return output;
	}

	/** `Split` into equal parts. */
	split(x: ValueName, parts: number, axis: number): readonly ValueName[] {
		const outputs = Array.from({ length: parts }, () => this.#fresh('Split'));
		this.#addNode('Split', '', [x], outputs, { axis, num_outputs: parts });
		return outputs;
	}

	reshape(x: ValueName, shape: readonly number[]): ValueName {
		return this.op('Reshape', [x, this.integers(shape)]);
	}

	/** Publishes `value` under `name`. */
	output(name: string, value: ValueName, dimensions: readonly Dimension[]): void {
		const output = name as ValueName;
		this.#addNode('Identity', '', [value], [output], undefined);
		this.#outputs.push({ name: output, type: 'float32', dimensions });
	}

	build(): OnnxGraph {
		return {
			name: this.#name,
			inputs: this.#inputs,
			outputs: this.#outputs,
			weights: this.#weights,
			constants: this.#constants,
			nodes: foldIdentityOutputs(this.#nodes, this.#outputs),
		};
	}

	#fresh(operator: string): ValueName {
		return `${operator.toLowerCase()}_${this.#nextValue++}` as ValueName;
	}

	#addWeight(
		name: string,
		tensor: string,
		elementOffset: number,
		shape: readonly number[],
	): ValueName {
		const value = name as ValueName;
		this.#weights.push({ name: value, tensor, elementOffset, shape });
		return value;
	}

	#constant(type: 'float32' | 'int64', shape: readonly number[], values: readonly number[]) {
		const name = this.#fresh('constant');
		this.#constants.push({ name, type, shape, values });
		return name;
	}

	#addNode(
		operator: string,
		domain: GraphNode['domain'],
		inputs: readonly (ValueName | '')[],
		outputs: readonly ValueName[],
		attributes: Attributes | undefined,
	): void {
		const typed = Object.fromEntries(
			Object.entries(attributes ?? {}).map(([key, value]) => [key, attributeValue(value)]),
		);
		this.#nodes.push({ operator, domain, inputs, outputs, attributes: typed });
	}
}

function attributeValue(
	value: number | readonly number[] | string | FloatAttribute,
): AttributeValue {
	if (typeof value === 'number') return { type: 'int', value };
	if (typeof value === 'string') return { type: 'string', value };
	if ('float' in value) return { type: 'float', value: value.float };
	return { type: 'ints', value };
}

/** Renames the producer of each output instead of running a copying Identity node. */
function foldIdentityOutputs(
	nodes: readonly GraphNode[],
	outputs: readonly GraphValue[],
): readonly GraphNode[] {
	const produced = new Set(nodes.flatMap((node) => node.outputs));
	const published = new Set<string>(outputs.map((output) => output.name));
	const renamed = new Map<string, ValueName>();
	const kept: GraphNode[] = [];
	for (const node of nodes) {
		const [source] = node.inputs;
		const [target] = node.outputs;
		const isFoldable =
			node.operator === 'Identity' &&
			source !== undefined &&
			source !== '' &&
			target !== undefined &&
			published.has(target) &&
			produced.has(source) &&
			!published.has(source) &&
			!renamed.has(source);
		if (isFoldable) renamed.set(source, target);
		else kept.push(node);
	}
	const rename = (name: ValueName | '') => (name === '' ? name : (renamed.get(name) ?? name));
	return kept.map((node) => ({
		...node,
		inputs: node.inputs.map(rename),
		outputs: node.outputs.map((name) => renamed.get(name) ?? name),
	}));
}
