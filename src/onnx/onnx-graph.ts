import type { Dimension, WeightFormat } from '../graph/graph.ts';

/** The name of a value (an edge) in an ONNX graph. */
export type ValueName = string & { readonly __brand: 'ValueName' };

export type ElementType = 'float32' | 'int64';

export interface GraphValue {
	readonly name: ValueName;
	readonly type: ElementType;
	readonly dimensions: readonly Dimension[];
}

/**
 * A weight the graph reads. Streamed, it is a float32 graph input; exported, an FP16 initializer in
 * the shard's file. A weight may be a run of whole rows of a shard's tensor, because a device binds
 * at most `maxStorageBufferBindingSize` bytes at once (128 MiB on some; f32 `w1` of the full model is
 * 157 MB).
 */
export interface WeightValue {
	readonly name: ValueName;
	/** Name in the shard's tensor table. */
	readonly tensor: string;
	/** First element of `tensor` that this weight covers. */
	readonly elementOffset: number;
	readonly shape: readonly number[];
	readonly format: WeightFormat;
}

export interface ConstantValue {
	readonly name: ValueName;
	readonly type: ElementType;
	readonly shape: readonly number[];
	readonly values: readonly number[];
}

/** Numbers are integers: a float says so. */
export type AttributeValue = number | readonly number[] | string | { readonly float: number };

export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface GraphNode {
	readonly operator: string;
	/** Empty for the ONNX standard operators. */
	readonly domain: '' | 'com.microsoft';
	readonly inputs: readonly (ValueName | '')[];
	readonly outputs: readonly ValueName[];
	readonly attributes: Attributes;
}

/** A graph in ONNX operators, independent of how its weights arrive. */
export interface OnnxGraph {
	readonly name: string;
	readonly inputs: readonly GraphValue[];
	readonly outputs: readonly GraphValue[];
	readonly weights: readonly WeightValue[];
	readonly constants: readonly ConstantValue[];
	readonly nodes: readonly GraphNode[];
}
