import { fixedExtent } from '../graph/extent.ts';
import {
	type AttentionNode,
	asMatrix,
	type ConvNode,
	type Graph,
	type GraphNode,
	type GroupNorm,
	type HeadNormRotaryNode,
	type ImageNode,
	type LinearNode,
	type LowRank,
	type MixNode,
	type PartNode,
	type PixelsNode,
	type RowNormNode,
	type Shape,
	type Tensor,
	type Term,
	type WeightChange,
	type WeightSquaresNode,
	type WeightValue as GraphWeight,
} from '../graph/graph.ts';
import { OnnxBuilder } from './onnx-builder.ts';
import type { OnnxGraph, ValueName } from './onnx-graph.ts';

export interface LowerOptions {
	/** A linear layer's weight of more f32 bytes than this is split by rows. */
	readonly maxBindingBytes: number;
}

/** Rows per piece are a multiple of this, so that every FP16 piece starts at a multiple of 256 bytes. */
const SPLIT_ROW_MULTIPLE = 128;

const BINARY_OPERATORS = { add: 'Add', subtract: 'Sub', multiply: 'Mul' } as const;

/**
 * A graph in ONNX operators, for runtimes that know nothing of ours.
 *
 * @throws RangeError if not even a few rows of a weight fit a binding
 */
export function lowerGraph(graph: Graph, options: LowerOptions): OnnxGraph {
	const lowering = new Lowering(graph, options);
	return lowering.onnx.build();
}

class Lowering {
	readonly onnx: OnnxBuilder;
	readonly #maxBindingBytes: number;
	/** What stands for values of the graph. */
	readonly #lowered = new Map<Term, ValueName>();
	/** All parts of a value that was split. */
	readonly #splits = new Map<string, readonly ValueName[]>();

	constructor(graph: Graph, { maxBindingBytes }: LowerOptions) {
		this.onnx = new OnnxBuilder(graph.name);
		this.#maxBindingBytes = maxBindingBytes;
		for (const input of graph.inputs) {
			this.#lowered.set(input, this.onnx.input(input.name, input.dimensions));
		}
		for (const node of graph.nodes) this.#lowered.set(node, this.#lower(node));
		for (const { name, value, dimensions } of graph.outputs) {
			this.onnx.output(name, this.#of(value), dimensions);
		}
	}

	#lower(node: GraphNode): ValueName {
		switch (node.type) {
			case 'linear':
				return this.#linear(node);
			case 'row-norm':
				return this.#rowNorm(node);
			case 'head-norm-rotary':
				return this.#headNormRotary(node);
			case 'attention':
				return node.heads === 1 ? this.#singleHeadAttention(node) : this.#attention(node);
			case 'conv':
				return this.#conv(node);
			case 'pixels':
				return this.#pixels(node);
			case 'image':
				return this.#image(node);
			case 'part':
				return this.#part(node);
			case 'view':
				return this.onnx.reshape(this.#of(node.x), [-1, fixedExtent(asMatrix(node.shape).columns)]);
			case 'mix':
				return this.#mix(node);
			case 'weight-squares':
				return this.#weightSquares(node);
			case 'inverse-sqrt':
				return this.onnx.op('Reciprocal', [this.onnx.op('Sqrt', [this.#of(node.of)])]);
			case 'silu':
				return this.#silu(this.#of(node.of));
			case 'tanh':
				return this.onnx.op('Tanh', [this.#of(node.of)]);
			case 'add':
			case 'subtract':
			case 'multiply':
				return this.onnx.op(BINARY_OPERATORS[node.type], [
					this.#of(node.left),
					this.#of(node.right),
				]);
		}
	}

	#of(term: Term): ValueName {
		if (term.type === 'constant') return this.onnx.scalar(term.value);
		if (term.type === 'weight') {
			return this.onnx.weight(term.tensor, fixedShape(term.shape), term.format);
		}
		const lowered = this.#lowered.get(term);
		if (lowered === undefined) throw new RangeError(`${term.name} is read before it is made`);
		return lowered;
	}

	#linear({ x, weight, bias, side = {} }: LinearNode): ValueName {
		const { outScale, lowRank, added } = side;
		let sum = this.#product(this.#of(x), weight);
		if (outScale !== undefined) sum = this.onnx.op('Mul', [sum, this.#of(outScale)]);
		if (lowRank !== undefined) sum = this.onnx.op('Add', [sum, this.#lowRank(lowRank)]);
		for (const term of [added, bias]) {
			if (term !== undefined) sum = this.onnx.op('Add', [sum, this.#of(term)]);
		}
		return sum;
	}

	#lowRank({ down, firstColumn, rank, up }: LowRank): ValueName {
		return this.#product(this.#columnsOf(this.#of(down), firstColumn, rank), up);
	}

	/** x · W; W in runs of rows where one binding cannot hold it. */
	#product(x: ValueName, { tensor, shape, format }: GraphWeight): ValueName {
		const { onnx } = this;
		const [depth = 0, columns = 0] = fixedShape(shape);
		const rowBytes = columns * Float32Array.BYTES_PER_ELEMENT;
		if (depth * rowBytes <= this.#maxBindingBytes) {
			return onnx.op('MatMul', [x, onnx.weight(tensor, [depth, columns], format)]);
		}
		const rowsPerPiece =
			Math.floor(this.#maxBindingBytes / rowBytes / SPLIT_ROW_MULTIPLE) * SPLIT_ROW_MULTIPLE;
		if (rowsPerPiece === 0) {
			throw new RangeError(
				`${tensor}: ${SPLIT_ROW_MULTIPLE} rows of ${rowBytes} bytes exceed a binding of ${this.#maxBindingBytes} bytes`,
			);
		}
		const pieces = Array.from({ length: Math.ceil(depth / rowsPerPiece) }, (_, index) => {
			const start = index * rowsPerPiece;
			const end = Math.min(start + rowsPerPiece, depth);
			const piece = onnx.weightRows(tensor, { start, end }, columns, format);
			const slice = [x, onnx.integers([start]), onnx.integers([end]), onnx.integers([-1])];
			return onnx.op('MatMul', [onnx.op('Slice', slice), piece]);
		});
		return pieces.reduce((sum, piece) => onnx.op('Add', [sum, piece]));
	}

	#mix({ x, weight, firstColumn, shape }: MixNode): ValueName {
		const { onnx } = this;
		const [outer = 0, inner = 0] = fixedShape(weight.shape);
		const columns = fixedExtent(asMatrix(x.shape).columns);
		const runs = onnx.reshape(this.#of(x), [-1, inner, columns]);
		const mixed = onnx.reshape(onnx.op('MatMul', [this.#of(weight), runs]), [-1, outer * columns]);
		return this.#columnsOf(mixed, firstColumn, fixedExtent(asMatrix(shape).columns));
	}

	#columnsOf(x: ValueName, first: number, count: number): ValueName {
		const range = [first, first + count].map((column) => this.onnx.integers([column]));
		return this.onnx.op('Slice', [x, ...range, this.onnx.integers([-1])]);
	}

	#weightSquares({ weight, change, over }: WeightSquaresNode): ValueName {
		const { onnx } = this;
		const changed = onnx.op('Add', [this.#of(weight), this.#changeOf(change, weight)]);
		const axes = onnx.integers([over === 'inputs' ? 0 : 1]);
		const sum = onnx.op('ReduceSum', [onnx.op('Mul', [changed, changed]), axes]);
		return onnx.reshape(sum, [1, -1]);
	}

	#changeOf(change: WeightChange, { shape }: GraphWeight): ValueName {
		const { onnx } = this;
		if (change.type === 'low-rank') {
			const scaled = onnx.op('Mul', [this.#of(change.down), this.#of(change.scales)]);
			return onnx.op('MatMul', [scaled, this.#of(change.up)]);
		}
		const [rows = 0, columns = 0] = fixedShape(shape);
		const [outerColumns = 0, outerRows = 0] = fixedShape(change.outer.shape);
		const [innerRows = 0, innerColumns = 0] = fixedShape(change.inner.shape);
		// Turned as the weight is: [in, out].
		const outer = onnx.reshape(this.#transposed(this.#of(change.outer)), [
			...[outerRows, 1, outerColumns, 1],
		]);
		const inner = onnx.reshape(this.#of(change.inner), [1, innerRows, 1, innerColumns]);
		const whole = onnx.reshape(onnx.op('Mul', [outer, inner]), [rows, -1]);
		return this.#columnsOf(whole, change.firstColumn, columns);
	}

	#rowNorm({ statistics, x, scale, epsilon }: RowNormNode): ValueName {
		const features = fixedExtent(asMatrix(x.shape).columns);
		const vector =
			scale.shape.length === 1 ? this.#of(scale) : this.onnx.reshape(this.#of(scale), [features]);
		const operator = statistics === 'rms' ? 'SimplifiedLayerNormalization' : 'LayerNormalization';
		return this.onnx.op(operator, [this.#of(x), vector], {
			axis: -1,
			epsilon: { float: epsilon },
		});
	}

	#headNormRotary(node: HeadNormRotaryNode): ValueName {
		const { onnx } = this;
		const { x, weight, heads, headDim, epsilon, rotary } = node;
		const perHead = onnx.reshape(this.#of(x), [1, -1, heads, headDim]);
		const normalized = onnx.op('SimplifiedLayerNormalization', [perHead, this.#of(weight)], {
			axis: -1,
			epsilon: { float: epsilon },
		});
		const flat = onnx.reshape(normalized, [1, -1, heads * headDim]);
		// A single position id is an offset: the tables' rows are the tokens in order.
		const inputs = [flat, onnx.integers([0]), this.#of(rotary.cos), this.#of(rotary.sin)];
		const rotated = onnx.contribOp('RotaryEmbedding', inputs, {
			interleaved: rotary.interleaved ? 1 : 0,
		});
		return onnx.reshape(rotated, [-1, heads * headDim]);
	}

	/**
	 * Spelled out instead of com.microsoft.MultiHeadAttention, whose flash-attention shader is silently
	 * wrong (relative error 0.8) on adapters with subgroups of 4 or 8 and does not finish compiling on
	 * lavapipe without them.
	 */
	#attention(node: AttentionNode): ValueName {
		const { onnx } = this;
		const { q, k, v, mask, heads, keyValueHeads, headDim, scale } = node;
		const group = heads / keyValueHeads;
		const perHeads = (value: ValueName, size: number, perm: readonly number[]) =>
			onnx.op('Transpose', [onnx.reshape(value, [-1, keyValueHeads, size, headDim])], { perm });
		const scaled = onnx.op('Mul', [this.#of(q), onnx.scalar(scale)]);
		const queries = perHeads(scaled, group, [1, 2, 0, 3]);
		const keys = perHeads(this.#of(k), 1, [1, 2, 3, 0]);
		const values = perHeads(this.#of(v), 1, [1, 2, 0, 3]);
		const weights = this.#softmax(onnx.op('MatMul', [queries, keys]), mask);
		const perHead = onnx.op('MatMul', [weights, values]);
		const perToken = onnx.op('Transpose', [perHead], { perm: [2, 0, 1, 3] });
		return onnx.reshape(perToken, [-1, heads * headDim]);
	}

	#singleHeadAttention({ q, k, v, mask, scale }: AttentionNode): ValueName {
		const { onnx } = this;
		const scaled = onnx.op('Mul', [this.#of(q), onnx.scalar(scale)]);
		const scores = onnx.op('MatMul', [scaled, this.#transposed(this.#of(k))]);
		return onnx.op('MatMul', [this.#softmax(scores, mask), this.#of(v)]);
	}

	#softmax(scores: ValueName, mask: Tensor | undefined): ValueName {
		const masked = mask === undefined ? scores : this.onnx.op('Add', [scores, this.#of(mask)]);
		return this.onnx.op('Softmax', [masked], { axis: -1 });
	}

	#conv({ x, input, weight, bias, kernel }: ConvNode): ValueName {
		const read = this.#of(x);
		const padding = (kernel - 1) / 2;
		return this.onnx.op('Conv', [this.#convInput(read, input), this.#of(weight), this.#of(bias)], {
			kernel_shape: [kernel, kernel],
			pads: [padding, padding, padding, padding],
			strides: [1, 1],
		});
	}

	#convInput(x: ValueName, input: ConvNode['input']): ValueName {
		const { onnx } = this;
		switch (input.type) {
			case 'plain':
				return x;
			case 'normalised':
				return this.#silu(this.#groupNorm(x, input.norm));
			case 'doubled':
				return onnx.op('Resize', [x, '', onnx.floats([1, 1, 2, 2])], {
					mode: 'nearest',
					coordinate_transformation_mode: 'asymmetric',
					nearest_mode: 'floor',
				});
		}
	}

	/** GroupNorm as an InstanceNorm over groups: ONNX Runtime's WebGPU build has no GroupNorm kernel. */
	#groupNorm(x: ValueName, { groups, epsilon, weight, bias }: GroupNorm): ValueName {
		const { onnx } = this;
		const grouped = onnx.reshape(x, [1, groups, -1]);
		const ones = onnx.floats(new Array<number>(groups).fill(1));
		const zeros = onnx.floats(new Array<number>(groups).fill(0));
		const normalized = onnx.op('InstanceNormalization', [grouped, ones, zeros], {
			epsilon: { float: epsilon },
		});
		const restored = onnx.op('Reshape', [normalized, onnx.op('Shape', [x])]);
		const perChannel = (vector: GraphWeight): ValueName =>
			onnx.reshape(this.#of(vector), [1, ...fixedShape(vector.shape), 1, 1]);
		return onnx.op('Add', [onnx.op('Mul', [restored, perChannel(weight)]), perChannel(bias)]);
	}

	#pixels({ x, norm }: PixelsNode): ValueName {
		const image = this.#of(x);
		const channels = fixedExtent(asMatrix(x.shape).rows);
		const read = norm === undefined ? image : this.#groupNorm(image, norm);
		return this.#transposed(this.onnx.reshape(read, [channels, -1]));
	}

	#image({ x, like }: ImageNode): ValueName {
		const { onnx } = this;
		return onnx.op('Reshape', [this.#transposed(this.#of(x)), onnx.op('Shape', [this.#of(like)])]);
	}

	#transposed(matrix: ValueName): ValueName {
		return this.onnx.op('Transpose', [matrix], { perm: [1, 0] });
	}

	#part({ x, index, parts }: PartNode): ValueName {
		const split = `${x.name} in ${parts}`;
		const all = this.#splits.get(split) ?? this.onnx.split(this.#of(x), parts, -1);
		this.#splits.set(split, all);
		const part = all[index];
		if (part === undefined) throw new RangeError(`${x.name} has ${all.length} parts`);
		return part;
	}

	#silu(x: ValueName): ValueName {
		return this.onnx.op('Mul', [x, this.onnx.op('Sigmoid', [x])]);
	}
}

/** @throws RangeError for an extent that is known only at run time */
function fixedShape(shape: Shape): readonly number[] {
	return shape.map(fixedExtent);
}
