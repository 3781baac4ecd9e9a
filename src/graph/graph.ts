import { type Extent, extent, extentProduct } from './extent.ts';

/** A fixed extent, or the name of one that is known only at run time (for example `tokens`). */
export type Dimension = number | string;

/** [rows, columns], or [1, channels, height, width] of an image. All values are float32. */
export type Shape = readonly Extent[];

/** An activation that a block is given. */
export interface InputValue {
	readonly type: 'input';
	readonly name: string;
	readonly dimensions: readonly Dimension[];
	readonly shape: Shape;
}

/** How a weight's numbers are stored: those of a shard as FP16, factors of adapters as their file has them. */
export type WeightFormat = 'f16' | 'bf16' | 'f32';

/** A tensor of the block's shard, or of what an adapter brings beside it. Bound in one piece. */
export interface WeightValue {
	readonly type: 'weight';
	/** Name in the shard's tensor table. */
	readonly tensor: string;
	readonly shape: Shape;
	readonly format: WeightFormat;
}

export interface ConstantValue {
	readonly type: 'constant';
	readonly value: number;
}

/** A value that has its numbers in memory when it is read. */
export type Tensor = InputValue | ComputedNode;

/** What an element-wise formula is made of. */
export type Term = Tensor | PartNode | WeightValue | ConstantValue;

interface Made {
	/** Unique within the graph. */
	readonly name: string;
	readonly shape: Shape;
}

/** x · W + b, and what adapters add. x: [rows, in], result [rows, out]. */
export interface LinearNode extends Made {
	readonly type: 'linear';
	readonly x: Tensor;
	/** [in, out] */
	readonly weight: WeightValue;
	/** [out] */
	readonly bias: Tensor | WeightValue | undefined;
	readonly depth: number;
	readonly side?: LinearSide;
}

/**
 * What adapters make of a layer beside its weight, which stays as it is:
 * (x · W) ⊙ outScale + lowRank + added. Source: docs/spec/adapters.md 4.1
 */
export interface LinearSide {
	/** [1, out] */
	readonly outScale?: Tensor;
	readonly lowRank?: LowRank;
	/** [rows, out] */
	readonly added?: Tensor;
}

/** Some columns of `down` · `up`. */
export interface LowRank {
	/** [rows, ranks]: of all layers that read the same x. */
	readonly down: Tensor;
	/** The first of this layer's columns of `down`, a multiple of 8. */
	readonly firstColumn: number;
	/** Columns of `down` that are this layer's: a multiple of 8. */
	readonly rank: number;
	/** [rank, out] */
	readonly up: WeightValue;
}

/** Each row over its root mean square, or less its mean over its deviation, times `scale` [columns]. */
export interface RowNormNode extends Made {
	readonly type: 'row-norm';
	readonly statistics: 'rms' | 'layer';
	readonly epsilon: number;
	readonly x: Tensor;
	readonly scale: Tensor | WeightValue;
}

/** RMSNorm of each head of each token, then rotation by position. x: [tokens, heads·headDim]. */
export interface HeadNormRotaryNode extends Made {
	readonly type: 'head-norm-rotary';
	readonly x: Tensor;
	/** [headDim] */
	readonly weight: Tensor | WeightValue;
	readonly heads: number;
	readonly headDim: number;
	readonly epsilon: number;
	readonly rotary: Rotary;
}

export interface Rotary {
	/** True: pairs (2k, 2k+1), as the DiT. False: pairs (k, k + headDim/2), as Qwen. */
	readonly interleaved: boolean;
	/** [tokens, headDim/2] */
	readonly cos: Tensor;
	/** [tokens, headDim/2] */
	readonly sin: Tensor;
}

/**
 * softmax(scale·q·kᵀ + mask)·v for each head; with fewer key/value heads than heads, query head h reads
 * key/value head floor(h / group).
 *
 * q: [tokens, heads·headDim], k and v: [keys, keyValueHeads·headDim], mask: [tokens, keys].
 */
export interface AttentionNode extends Made {
	readonly type: 'attention';
	readonly q: Tensor;
	readonly k: Tensor;
	readonly v: Tensor;
	readonly mask: Tensor | undefined;
	readonly heads: number;
	readonly keyValueHeads: number;
	readonly headDim: number;
	readonly scale: number;
}

/** Statistics of groups of channels over all pixels, then a scale and a shift of each channel. */
export interface GroupNorm {
	readonly groups: number;
	readonly epsilon: number;
	/** [channels] */
	readonly weight: WeightValue;
	/** [channels] */
	readonly bias: WeightValue;
}

/** What a convolution makes of its image as it reads it: none of these is ever stored. */
export type ConvInput =
	| { readonly type: 'plain' }
	/** SiLU(GroupNorm(x)) */
	| { readonly type: 'normalised'; readonly norm: GroupNorm }
	/** Each pixel twice, each way. */
	| { readonly type: 'doubled' };

/** A convolution of stride 1 whose result has the size of what it reads. */
export interface ConvNode extends Made {
	readonly type: 'conv';
	readonly x: Tensor;
	readonly input: ConvInput;
	/** [out, in, kernel, kernel] */
	readonly weight: WeightValue;
	/** [out] */
	readonly bias: WeightValue;
	readonly inChannels: number;
	readonly kernel: 1 | 3;
}

/** An image as [pixels, channels]. */
export interface PixelsNode extends Made {
	readonly type: 'pixels';
	readonly x: Tensor;
	readonly norm: GroupNorm | undefined;
}

/** [pixels, channels] as an image of the size of `like`. */
export interface ImageNode extends Made {
	readonly type: 'image';
	readonly x: Tensor;
	readonly like: Tensor;
}

/** One of equal parts of a vector [1, columns]; it stays where the vector is. */
export interface PartNode extends Made {
	readonly type: 'part';
	readonly x: Tensor;
	readonly index: number;
	readonly parts: number;
}

/** The same numbers in rows of another length. */
export interface ViewNode extends Made {
	readonly type: 'view';
	readonly x: Tensor;
}

/**
 * Each run of rows as a combination of them: y[l, i·columns + k] = Σ_j weight[i, j] · x[l·inner + j, k], of
 * which columns from `firstColumn` on are computed. What a Kronecker product does after its second factor.
 */
export interface MixNode extends Made {
	readonly type: 'mix';
	/** [rows·inner, columns] */
	readonly x: Tensor;
	/** f32 [outer, inner] */
	readonly weight: WeightValue;
	readonly firstColumn: number;
}

/** Σ (weight + change)², over the inputs or the outputs: [1, out] or [1, in]. */
export interface WeightSquaresNode extends Made {
	readonly type: 'weight-squares';
	/** [in, out] */
	readonly weight: WeightValue;
	readonly change: WeightChange;
	readonly over: 'inputs' | 'outputs';
}

/** A change of a weight [in, out] that is nowhere stored. */
export type WeightChange =
	/** down · diagonal(scales) · up */
	| {
			readonly type: 'low-rank';
			/** f32 [in, rank] */
			readonly down: WeightValue;
			/** f32 [rank] */
			readonly scales: WeightValue;
			/** f32 [rank, out] */
			readonly up: WeightValue;
	  }
	/** Some columns of the Kronecker product of two matrices, both turned. */
	| {
			readonly type: 'kronecker';
			/** f32 [outer, inner] */
			readonly outer: WeightValue;
			/** f32 [in / inner, columns] */
			readonly inner: WeightValue;
			readonly firstColumn: number;
	  };

export interface UnaryNode extends Made {
	readonly type: 'silu' | 'tanh' | 'inverse-sqrt';
	readonly of: Term;
}

/** Element by element; a term of one row or one column is the same for all of them. */
export interface BinaryNode extends Made {
	readonly type: 'add' | 'subtract' | 'multiply';
	readonly left: Term;
	readonly right: Term;
}

/**
 * What a graph may compute. Code that runs graphs switches over all types, so one that it cannot run does not
 * compile.
 */
export type ComputedNode =
	| LinearNode
	| RowNormNode
	| HeadNormRotaryNode
	| AttentionNode
	| ConvNode
	| PixelsNode
	| ImageNode
	| ViewNode
	| MixNode
	| WeightSquaresNode
	| UnaryNode
	| BinaryNode;

export type GraphNode = ComputedNode | PartNode;

export interface GraphOutput {
	readonly name: string;
	readonly dimensions: readonly Dimension[];
	readonly value: ComputedNode;
}

/** What one kind of block computes, independent of how its weights arrive and of what runs it. */
export interface Graph {
	readonly name: string;
	readonly inputs: readonly InputValue[];
	readonly outputs: readonly GraphOutput[];
	/** Each after those that it reads. */
	readonly nodes: readonly GraphNode[];
}

/** What a node reads of other nodes and of inputs, once for each time. */
export function nodeInputs(node: GraphNode): readonly (InputValue | GraphNode)[] {
	switch (node.type) {
		case 'linear':
			return [node.x, ...sideInputs(node.side), ...optional(node.bias)];
		case 'conv':
		case 'pixels':
		case 'part':
		case 'view':
		case 'mix':
			return [node.x];
		case 'weight-squares':
			return [];
		case 'row-norm':
			return [node.x, ...tensors(node.scale)];
		case 'head-norm-rotary':
			return [node.x, ...tensors(node.weight), node.rotary.cos, node.rotary.sin];
		case 'attention':
			return [node.q, node.k, node.v, ...optional(node.mask)];
		case 'image':
			return [node.x, node.like];
		case 'silu':
		case 'tanh':
		case 'inverse-sqrt':
			return tensors(node.of);
		case 'add':
		case 'subtract':
		case 'multiply':
			return [...tensors(node.left), ...tensors(node.right)];
	}
}

function sideInputs(side: LinearSide | undefined): readonly Tensor[] {
	const { outScale, lowRank, added } = side ?? {};
	return [outScale, lowRank?.down, added].filter((tensor) => tensor !== undefined);
}

function optional(term: Term | undefined): readonly (InputValue | GraphNode)[] {
	return term === undefined ? [] : tensors(term);
}

function tensors(term: Term): readonly (InputValue | GraphNode)[] {
	return term.type === 'weight' || term.type === 'constant' ? [] : [term];
}

export interface Matrix {
	readonly rows: Extent;
	readonly columns: Extent;
}

/** A shape as [rows, columns]: tokens by features, or channels by pixels. */
export function asMatrix(shape: Shape): Matrix {
	const one = extent(1);
	if (shape.length <= 2) {
		const [columns = one, rows = one] = [...shape].reverse();
		return { rows, columns };
	}
	const [, rows = one, ...pixels] = shape;
	return { rows, columns: extentProduct(pixels) };
}

/** @throws RangeError for a shape that is no image's */
export function asImage(shape: Shape): {
	readonly channels: Extent;
	readonly height: Extent;
	readonly width: Extent;
} {
	const [, channels, height, width] = shape;
	if (channels === undefined || height === undefined || width === undefined) {
		throw new RangeError('An image has the shape [1, channels, height, width]');
	}
	return { channels, height, width };
}
