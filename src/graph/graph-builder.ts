import { type Extent, extent, extentProduct, extentsEqual, fixedExtent, isOne } from './extent.ts';
import {
	type AttentionNode,
	asImage,
	asMatrix,
	type BinaryNode,
	type ComputedNode,
	type ConvInput,
	type Dimension,
	type Graph,
	type GraphNode,
	type GraphOutput,
	type GroupNorm,
	type InputValue,
	type PartNode,
	type Rotary,
	type Shape,
	type Tensor,
	type Term,
	type WeightChange,
	type WeightFormat,
	type WeightSquaresNode,
	type WeightValue,
} from './graph.ts';

export interface AttentionShape {
	readonly heads: number;
	readonly keyValueHeads: number;
	readonly headDim: number;
}

export interface MixedExtents {
	readonly rows: Extent;
	readonly columns: number;
	readonly firstColumn: number;
}

/** Collects the nodes of a graph; every method returns the value that it adds. */
export class GraphBuilder {
	readonly #name: string;
	readonly #prefix: string;
	readonly #inputs: InputValue[] = [];
	readonly #outputs: GraphOutput[] = [];
	readonly #nodes: GraphNode[] = [];

	/** @param prefix of the names of nodes, unlike those of nodes that are kept from another graph */
	constructor(name: string, prefix = '') {
		this.#name = name;
		this.#prefix = prefix;
	}

	input(name: string, dimensions: readonly Dimension[]): InputValue {
		const value: InputValue = { type: 'input', name, dimensions, shape: dimensions.map(extent) };
		this.#inputs.push(value);
		return value;
	}

	weight(tensor: string, shape: readonly number[], format: WeightFormat = 'f16'): WeightValue {
		return { type: 'weight', tensor, shape: shape.map(extent), format };
	}

	/** x · W for a weight stored as [in, out], plus a bias if it has one. */
	linear(x: Tensor, weight: string, outFeatures: number, bias?: string): ComputedNode {
		const depth = fixedExtent(asMatrix(x.shape).columns);
		return this.product(
			x,
			this.weight(weight, [depth, outFeatures]),
			bias === undefined ? undefined : this.weight(bias, [outFeatures]),
		);
	}

	/** x · W + b. W: [in, out] */
	product(x: Tensor, weight: WeightValue, bias?: WeightValue): ComputedNode {
		const { rows, columns } = asMatrix(x.shape);
		return this.#add({
			type: 'linear',
			name: this.#fresh('linear'),
			shape: [rows, asMatrix(weight.shape).columns],
			...{ x, weight, bias },
			depth: fixedExtent(columns),
		});
	}

	/** A node as it is, of another graph. */
	keep<Node extends GraphNode>(node: Node): Node {
		return this.#add(node);
	}

	/** A linear layer of the names that PyTorch gives its weight and bias. */
	biasedLinear(x: Tensor, name: string, outFeatures: number): ComputedNode {
		return this.linear(x, `${name}.weight`, outFeatures, `${name}.bias`);
	}

	/** x / sqrt(mean(x²) + epsilon) · weight over the last axis. */
	rmsNorm(x: Tensor, tensor: string, epsilon: number): ComputedNode {
		const { columns } = asMatrix(x.shape);
		const scale = this.weight(tensor, [fixedExtent(columns)]);
		return this.#rowNorm('rms', x, scale, epsilon);
	}

	/** (x − mean(x)) / sqrt(variance(x) + epsilon) · scale over the last axis. scale: [1, features] */
	layerNorm(x: Tensor, scale: Tensor | WeightValue, epsilon: number): ComputedNode {
		return this.#rowNorm('layer', x, scale, epsilon);
	}

	/** Per-head RMSNorm, then rotation by position. x: [tokens, heads·headDim]. */
	headNormRotary(
		x: Tensor,
		norm: string,
		heads: number,
		epsilon: number,
		rotary: Rotary,
	): ComputedNode {
		const headDim = fixedExtent(asMatrix(x.shape).columns) / heads;
		return this.#add({
			type: 'head-norm-rotary',
			name: this.#fresh('heads'),
			shape: x.shape,
			x,
			weight: this.weight(norm, [headDim]),
			heads,
			headDim,
			epsilon,
			rotary,
		});
	}

	/** As `AttentionNode`, with the scale 1/√headDim. */
	attention(
		[q, k, v]: readonly [Tensor, Tensor, Tensor],
		{ heads, keyValueHeads, headDim }: AttentionShape,
		mask?: Tensor,
	): ComputedNode {
		const node: AttentionNode = {
			type: 'attention',
			name: this.#fresh('attention'),
			shape: [asMatrix(q.shape).rows, extent(heads * headDim)],
			...{ q, k, v, mask, heads, keyValueHeads, headDim },
			scale: 1 / Math.sqrt(headDim),
		};
		return this.#add(node);
	}

	/** A convolution of the names that PyTorch gives its weight and bias; `path` ends in a dot or is empty. */
	conv(
		x: Tensor,
		path: string,
		outChannels: number,
		kernel: 1 | 3,
		input: ConvInput = { type: 'plain' },
	): ComputedNode {
		const { channels, height, width } = asImage(x.shape);
		const inChannels = fixedExtent(channels);
		const factor = extent(input.type === 'doubled' ? 2 : 1);
		const pixels = [height, width].map((each) => extentProduct([each, factor]));
		return this.#add({
			type: 'conv',
			name: this.#fresh('conv'),
			shape: [extent(1), extent(outChannels), ...pixels],
			x,
			input,
			weight: this.weight(`${path}weight`, [outChannels, inChannels, kernel, kernel]),
			bias: this.weight(`${path}bias`, [outChannels]),
			...{ inChannels, kernel },
		});
	}

	groupNorm(name: string, channels: number, groups: number, epsilon: number): GroupNorm {
		const vector = (suffix: string) => this.weight(`${name}.${suffix}`, [channels]);
		return { groups, epsilon, weight: vector('weight'), bias: vector('bias') };
	}

	/** An image [1, channels, height, width], normalized if asked, as [pixels, channels]. */
	pixels(x: Tensor, norm?: GroupNorm): ComputedNode {
		const { rows, columns } = asMatrix(x.shape);
		const name = this.#fresh('pixels');
		return this.#add({ type: 'pixels', name, shape: [columns, rows], x, norm });
	}

	/** [pixels, channels] as an image of the size of `like`. */
	image(x: Tensor, like: Tensor): ComputedNode {
		return this.#add({ type: 'image', name: this.#fresh('image'), shape: like.shape, x, like });
	}

	/** A vector [1, columns] in equal parts. @throws RangeError for a matrix */
	split(x: Tensor, parts: number): readonly PartNode[] {
		const { rows, columns } = asMatrix(x.shape);
		if (!isOne(rows)) throw new RangeError(`${this.#name}: only vectors are split`);
		const shape = [rows, extent(fixedExtent(columns) / parts)];
		return Array.from({ length: parts }, (_, index) =>
			this.#add({ type: 'part', name: this.#fresh('part'), shape, x, index, parts }),
		);
	}

	/** Rows of another length, which divides that of x. */
	view(x: Tensor, columns: number): ComputedNode {
		const { rows, columns: whole } = asMatrix(x.shape);
		const parts = extent(fixedExtent(whole) / columns);
		const shape = [extentProduct([rows, parts]), extent(columns)];
		return this.#add({ type: 'view', name: this.#fresh('view'), shape, x });
	}

	/** As `MixNode`. @param rows of the result @param columns of it that are computed, from `firstColumn` on */
	mix(x: Tensor, weight: WeightValue, { rows, columns, firstColumn }: MixedExtents): ComputedNode {
		const shape = [rows, extent(columns)];
		return this.#add({ type: 'mix', name: this.#fresh('mix'), shape, x, weight, firstColumn });
	}

	/** As `WeightSquaresNode`. */
	weightSquares(
		weight: WeightValue,
		change: WeightChange,
		over: WeightSquaresNode['over'],
	): ComputedNode {
		const { rows, columns } = asMatrix(weight.shape);
		const shape = [extent(1), over === 'inputs' ? columns : rows];
		const name = this.#fresh('squares');
		return this.#add({ type: 'weight-squares', name, shape, weight, change, over });
	}

	inverseSqrt(of: Tensor): ComputedNode {
		const name = this.#fresh('inverse');
		return this.#add({ type: 'inverse-sqrt', name, shape: of.shape, of });
	}

	silu(of: Tensor | PartNode): ComputedNode {
		return this.#add({ type: 'silu', name: this.#fresh('silu'), shape: of.shape, of });
	}

	tanh(of: Tensor | PartNode): ComputedNode {
		return this.#add({ type: 'tanh', name: this.#fresh('tanh'), shape: of.shape, of });
	}

	add(left: Term | number, right: Term | number): ComputedNode {
		return this.#binary('add', left, right);
	}

	subtract(left: Term | number, right: Term | number): ComputedNode {
		return this.#binary('subtract', left, right);
	}

	multiply(left: Term | number, right: Term | number): ComputedNode {
		return this.#binary('multiply', left, right);
	}

	/**
	 * Publishes a value under `name`.
	 *
	 * @throws RangeError if it has been published under another name
	 */
	output(name: string, value: ComputedNode, dimensions: readonly Dimension[]): void {
		if (this.#outputs.some((output) => output.value === value)) {
			throw new RangeError(`${this.#name}: ${name} has been published under another name`);
		}
		this.#outputs.push({ name, dimensions, value });
	}

	build(): Graph {
		return {
			name: this.#name,
			inputs: this.#inputs,
			outputs: this.#outputs,
			nodes: this.#nodes,
		};
	}

	#rowNorm(
		statistics: 'rms' | 'layer',
		x: Tensor,
		scale: Tensor | WeightValue,
		epsilon: number,
	): ComputedNode {
		const name = this.#fresh('norm');
		return this.#add({ type: 'row-norm', name, shape: x.shape, statistics, epsilon, x, scale });
	}

	#binary(type: BinaryNode['type'], left: Term | number, right: Term | number): ComputedNode {
		const [a, b] = [asTerm(left), asTerm(right)];
		const shape = broadcast(shapeOf(a), shapeOf(b));
		return this.#add({ type, name: this.#fresh(type), shape, left: a, right: b });
	}

	#add<Node extends GraphNode>(node: Node): Node {
		this.#nodes.push(node);
		return node;
	}

	#fresh(what: string): string {
		return `${this.#prefix}${what}_${this.#nodes.length}`;
	}
}

function asTerm(term: Term | number): Term {
	return typeof term === 'number' ? { type: 'constant', value: term } : term;
}

function shapeOf(term: Term): Shape {
	return term.type === 'constant' ? [] : term.shape;
}

/** @throws RangeError where shapes do not broadcast */
function broadcast(a: Shape, b: Shape): Shape {
	const rank = Math.max(a.length, b.length);
	return Array.from({ length: rank }, (_, axis) => {
		const left = a[axis - rank + a.length] ?? extent(1);
		const right = b[axis - rank + b.length] ?? extent(1);
		if (!isOne(left) && !isOne(right) && !extentsEqual(left, right)) {
			throw new RangeError('shapes that do not broadcast');
		}
		return isOne(left) ? right : left;
	});
}
