import { create, toBinary } from '@bufbuild/protobuf';
import {
	AttributeProto_AttributeType,
	type AttributeProto,
	AttributeProtoSchema,
	ModelProtoSchema,
	type NodeProto,
	NodeProtoSchema,
	TensorProto_DataLocation,
	TensorProto_DataType,
	type TensorProto,
	TensorProtoSchema,
	type TensorShapeProto_Dimension,
	TensorShapeProto_DimensionSchema,
	type ValueInfoProto,
	ValueInfoProtoSchema,
} from 'onnx-buf';
import type { Dimension } from '../graph/graph.ts';
import type {
	AttributeValue,
	ConstantValue,
	ElementType,
	GraphNode,
	OnnxGraph,
	WeightValue,
} from './onnx-graph.ts';

/** Where a shard keeps a tensor: what ONNX calls external data. */
export interface ExternalTensor {
	/** File name beside the model. */
	readonly location: string;
	readonly byteOffset: number;
}

/** IR 10 with opset 21 is what every ONNX Runtime since 1.19 reads. */
const IR_VERSION = 10n;
const OPSET_VERSION = 21n;
const CONTRIB_OPSET_VERSION = 1n;

const FP16_BYTES = 2;

/** The graph as a ModelProto whose weights are float32 inputs: one session serves every block of a kind. */
export function serializeStreamedGraph(graph: OnnxGraph): Uint8Array {
	const weightInputs = graph.weights.map((weight) =>
		valueInfo(weight.name, 'float32', weight.shape),
	);
	return serializeModel(graph, weightInputs, [], []);
}

/**
 * The graph as a plain ONNX model over a shard: each weight is an FP16 initializer in the shard's file,
 * widened by a Cast. Any ONNX runtime opens it.
 */
export function serializeExportedGraph(
	graph: OnnxGraph,
	locate: (tensor: string) => ExternalTensor,
): Uint8Array {
	const initializers = graph.weights.map((weight) => externalInitializer(weight, locate));
	const casts = graph.weights.map((weight) =>
		create(NodeProtoSchema, {
			opType: 'Cast',
			name: `widen_${weight.name}`,
			input: [fp16Name(weight)],
			output: [weight.name],
			attribute: [attribute('to', { type: 'int', value: TensorProto_DataType.FLOAT })],
		}),
	);
	return serializeModel(graph, [], initializers, casts);
}

function serializeModel(
	graph: OnnxGraph,
	weightInputs: readonly ValueInfoProto[],
	initializers: readonly TensorProto[],
	leadingNodes: readonly NodeProto[],
): Uint8Array {
	const model = create(ModelProtoSchema, {
		irVersion: IR_VERSION,
		producerName: 'shardlight',
		opsetImport: [
			{ domain: '', version: OPSET_VERSION },
			{ domain: 'com.microsoft', version: CONTRIB_OPSET_VERSION },
		],
		graph: {
			name: graph.name,
			input: [
				...graph.inputs.map((value) => valueInfo(value.name, value.type, value.dimensions)),
				...weightInputs,
			],
			output: graph.outputs.map((value) => valueInfo(value.name, value.type, value.dimensions)),
			initializer: [...graph.constants.map(constantTensor), ...initializers],
			node: [...leadingNodes, ...graph.nodes.map(nodeProto)],
		},
	});
	return toBinary(ModelProtoSchema, model);
}

function valueInfo(
	name: string,
	type: ElementType,
	dimensions: readonly Dimension[],
): ValueInfoProto {
	return create(ValueInfoProtoSchema, {
		name,
		type: {
			value: {
				case: 'tensorType',
				value: {
					elemType: dataType(type),
					shape: {
						dim: dimensions.map(dimensionProto),
					},
				},
			},
		},
	});
}

function dimensionProto(dimension: Dimension): TensorShapeProto_Dimension {
	return create(TensorShapeProto_DimensionSchema, {
		value:
			typeof dimension === 'number'
				? { case: 'dimValue', value: BigInt(dimension) }
				: { case: 'dimParam', value: dimension },
	});
}

function constantTensor(constant: ConstantValue): TensorProto {
	const bytes =
		constant.type === 'float32'
			? new Uint8Array(Float32Array.from(constant.values).buffer)
			: new Uint8Array(BigInt64Array.from(constant.values, BigInt).buffer);
	return create(TensorProtoSchema, {
		name: constant.name,
		dataType: dataType(constant.type),
		dims: constant.shape.map(BigInt),
		rawData: bytes,
	});
}

function externalInitializer(
	weight: WeightValue,
	locate: (tensor: string) => ExternalTensor,
): TensorProto {
	const { location, byteOffset } = locate(weight.tensor);
	const elements = weight.shape.reduce((product, extent) => product * extent, 1);
	const offset = byteOffset + weight.elementOffset * FP16_BYTES;
	return create(TensorProtoSchema, {
		name: fp16Name(weight),
		dataType: TensorProto_DataType.FLOAT16,
		dims: weight.shape.map(BigInt),
		dataLocation: TensorProto_DataLocation.EXTERNAL,
		externalData: [
			{ key: 'location', value: location },
			{ key: 'offset', value: String(offset) },
			{ key: 'length', value: String(elements * FP16_BYTES) },
		],
	});
}

function nodeProto(node: GraphNode, index: number): NodeProto {
	return create(NodeProtoSchema, {
		opType: node.operator,
		name: `${node.operator}_${index}`,
		domain: node.domain,
		input: [...node.inputs],
		output: [...node.outputs],
		attribute: Object.entries(node.attributes).map(([name, value]) => attribute(name, value)),
	});
}

function attribute(name: string, value: AttributeValue): AttributeProto {
	switch (value.type) {
		case 'int':
			return create(AttributeProtoSchema, {
				name,
				type: AttributeProto_AttributeType.INT,
				i: BigInt(value.value),
			});
		case 'ints':
			return create(AttributeProtoSchema, {
				name,
				type: AttributeProto_AttributeType.INTS,
				ints: value.value.map(BigInt),
			});
		case 'float':
			return create(AttributeProtoSchema, {
				name,
				type: AttributeProto_AttributeType.FLOAT,
				f: value.value,
			});
		case 'string':
			return create(AttributeProtoSchema, {
				name,
				type: AttributeProto_AttributeType.STRING,
				s: new TextEncoder().encode(value.value),
			});
	}
}

function dataType(type: ElementType): TensorProto_DataType {
	return type === 'float32' ? TensorProto_DataType.FLOAT : TensorProto_DataType.INT64;
}

function fp16Name(weight: WeightValue): string {
	return `${weight.name}.fp16`;
}
