import type { Expression } from '../../kernels/wgsl/expression.ts';
import type { Operand } from '../../kernels/wgsl/epilogue.ts';
import type { Extent } from '../../../graph/extent.ts';
import type { WeightFormat } from '../../../graph/graph.ts';

/** A tensor of a plan: a graph's input, a step's result, or a weight in the block's shard. */
export type PlanTensor =
	| { readonly type: 'value'; readonly name: string }
	| { readonly type: 'weight'; readonly tensor: string };

/** A weight that a kernel reads whole. */
export interface PlanWeight {
	readonly tensor: string;
	readonly elements: number;
	readonly format: WeightFormat;
}

export interface PlanOperand extends Pick<Operand<unknown>, 'layout' | 'format' | 'elementOffset'> {
	readonly tensor: PlanTensor;
	/** Elements of the whole tensor. */
	readonly elements: Extent;
}

interface Result {
	/** The value that this step computes. */
	readonly output: string;
	/** f32 [rows, columns] */
	readonly rows: Extent;
	readonly columns: Extent;
}

interface WithEpilogue extends Result {
	readonly expression: Expression;
	readonly operands: readonly PlanOperand[];
}

export interface LinearStep extends WithEpilogue {
	readonly type: 'linear';
	readonly x: string;
	readonly depth: number;
	/** Of one format. */
	readonly weights: readonly PlanWeight[];
	readonly side?: PlanSide;
}

/** Low-rank products that a linear step adds to its sums: some columns of `down`, times `up`. */
export interface PlanSide {
	readonly down: string;
	readonly downColumns: number;
	/** By weight; undefined for one that has none. Of one format. */
	readonly parts: readonly (PlanSidePart | undefined)[];
}

export interface PlanSidePart {
	readonly firstColumn: number;
	readonly rank: number;
	/** [rank, columns] */
	readonly up: PlanWeight;
}

/** x as FP16 numbers, for steps on matrix units: a result of its shape. */
export interface RowHalvesStep extends Result {
	readonly type: 'row-halves';
	readonly x: string;
	/** Of a row, each with a scale of its own. */
	readonly parts: number;
	/** f32 [rows, parts] */
	readonly scales: string;
}

/** A row-halves step's results. */
export interface HalvesOf {
	readonly halves: string;
	readonly scales: string;
}

export interface MatrixLinearStep extends Omit<LinearStep, 'type' | 'x' | 'side'> {
	readonly type: 'matrix-linear';
	readonly x: HalvesOf;
}

export interface RowNormStep extends WithEpilogue {
	readonly type: 'row-norm';
	readonly statistics: 'rms' | 'layer';
	readonly epsilon: number;
	readonly x: string;
}

export interface ElementwiseStep extends WithEpilogue {
	readonly type: 'elementwise';
}

export interface HeadNormRotaryStep extends Result {
	readonly type: 'head-norm-rotary';
	readonly x: string;
	/** Of this block's shard, or a value. */
	readonly weight: PlanWeight | string;
	readonly cos: string;
	readonly sin: string;
	readonly heads: number;
	readonly headDim: number;
	readonly epsilon: number;
	readonly interleaved: boolean;
}

export interface AttentionStep extends Result {
	readonly type: 'attention';
	readonly q: string;
	readonly k: string;
	readonly v: string;
	readonly mask: string | undefined;
	readonly keys: Extent;
	readonly heads: number;
	readonly keyValueHeads: number;
	readonly headDim: number;
	readonly scale: number;
}

export interface MatrixAttentionStep extends Omit<
	AttentionStep,
	'type' | 'q' | 'k' | 'v' | 'mask'
> {
	readonly type: 'matrix-attention';
	readonly q: HalvesOf;
	readonly k: HalvesOf;
	readonly v: HalvesOf;
}

/** GroupNorm's scale and shift of each channel: a result of [channels, 2]. */
export interface GroupNormStep extends Result {
	readonly type: 'group-norm';
	/** f32 [channels, pixels] */
	readonly x: string;
	readonly channels: number;
	readonly pixels: Extent;
	readonly groups: number;
	readonly epsilon: number;
	readonly weight: PlanWeight;
	readonly bias: PlanWeight;
	/** Scratch for the statistics of chunks. */
	readonly moments: string;
}

export interface ConvStep extends WithEpilogue {
	readonly type: 'conv';
	readonly x: string;
	/** A group-norm step's result; SiLU follows. */
	readonly affine: string | undefined;
	readonly weight: PlanWeight;
	readonly inChannels: number;
	readonly height: Extent;
	readonly width: Extent;
	readonly kernel: 1 | 3;
	readonly upscale: 1 | 2;
}

export interface TransposeStep extends Result {
	readonly type: 'transpose';
	/** f32 [columns, rows] */
	readonly x: string;
	/** A group-norm step's result. */
	readonly affine: string | undefined;
}

/** As `MixNode`: each of `rows` is a run of `inner` rows of x. */
export interface MixStep extends Result {
	readonly type: 'mix';
	/** f32 [rows·inner, width] */
	readonly x: string;
	readonly width: number;
	/** f32 [outer, inner] */
	readonly weight: PlanWeight;
	readonly outer: number;
	readonly inner: number;
	readonly firstColumn: number;
}

/** As `WeightSquaresNode`. */
export interface WeightSquaresStep extends Result {
	readonly type: 'weight-squares';
	/** FP16 [depth, outFeatures] */
	readonly weight: PlanWeight;
	readonly depth: number;
	readonly outFeatures: number;
	readonly change: PlanChange;
	readonly over: 'inputs' | 'outputs';
}

/** As `WeightChange`, of f32 weights. */
export type PlanChange =
	| {
			readonly type: 'low-rank';
			readonly rank: number;
			readonly down: PlanWeight;
			readonly scales: PlanWeight;
			readonly up: PlanWeight;
	  }
	| {
			readonly type: 'kronecker';
			readonly firstColumn: number;
			readonly outerInputs: number;
			readonly innerInputs: number;
			readonly innerOutputs: number;
			readonly outer: PlanWeight;
			readonly inner: PlanWeight;
	  };

/** One kernel's work in a block. */
export type PlanStep =
	| LinearStep
	| RowNormStep
	| ElementwiseStep
	| HeadNormRotaryStep
	| AttentionStep
	| GroupNormStep
	| ConvStep
	| TransposeStep
	| MixStep
	| WeightSquaresStep
	| RowHalvesStep
	| MatrixLinearStep
	| MatrixAttentionStep;

/** Values that a step reads, weights not counted. */
export function stepInputs(step: PlanStep): readonly string[] {
	switch (step.type) {
		case 'linear':
			return [step.x, ...present(step.side?.down), ...operandValues(step.operands)];
		case 'row-norm':
			return [step.x, ...operandValues(step.operands)];
		case 'elementwise':
			return operandValues(step.operands);
		case 'conv':
			return [step.x, ...present(step.affine), ...operandValues(step.operands)];
		case 'transpose':
			return [step.x, ...present(step.affine)];
		case 'group-norm':
			return [step.x];
		case 'head-norm-rotary': {
			const { x, weight, cos, sin } = step;
			return [x, ...(typeof weight === 'string' ? [weight] : []), cos, sin];
		}
		case 'row-halves':
		case 'mix':
			return [step.x];
		case 'weight-squares':
			return [];
		case 'matrix-linear':
			return [...both(step.x), ...operandValues(step.operands)];
		case 'matrix-attention':
			return [...both(step.q), ...both(step.k), ...both(step.v)];
		case 'attention':
			return [step.q, step.k, step.v, ...present(step.mask)];
	}
}

function both({ halves, scales }: HalvesOf): readonly string[] {
	return [halves, scales];
}

function present(value: string | undefined): readonly string[] {
	return value === undefined ? [] : [value];
}

function operandValues(operands: readonly PlanOperand[]): readonly string[] {
	return operands.flatMap(({ tensor }) => (tensor.type === 'value' ? [tensor.name] : []));
}
