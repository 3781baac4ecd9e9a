import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
	AttributeProto_AttributeType,
	type AttributeProtoSchema,
	ModelProtoSchema,
	type NodeProtoSchema,
	TensorProto_DataType,
	type TensorProtoSchema,
	type ValueInfoProtoSchema,
} from 'onnx-buf';
import type {
	AttributeValue,
	ConstantValue,
	ElementType,
	GraphNode,
	GraphValue,
	OnnxGraph,
} from './onnx-graph.ts';

/** IR 10 with opset 21 is what every ONNX Runtime since 1.19 reads. */
const IR_VERSION = 10n;
const OPSET_VERSION = 21n;
const CONTRIB_OPSET_VERSION = 1n;

/** The graph as a ModelProto whose weights are float32 inputs: one session serves every block of a kind. */
export function serializeGraph(graph: OnnxGraph): Uint8Array {
	const weights = graph.weights.map(({ name, shape }): GraphValue => {
		return { name, type: 'float32', dimensions: shape };
	});
	const model = create(ModelProtoSchema, {
		irVersion: IR_VERSION,
		producerName: 'shardlight',
		opsetImport: [
			{ domain: '', version: OPSET_VERSION },
			{ domain: 'com.microsoft', version: CONTRIB_OPSET_VERSION },
		],
		graph: {
			name: graph.name,
			input: [...graph.inputs, ...weights].map(valueInfo),
			output: graph.outputs.map(valueInfo),
			initializer: graph.constants.map(constantTensor),
			node: graph.nodes.map(nodeProto),
		},
	});
	return toBinary(ModelProtoSchema, model);
}

function valueInfo({
	name,
	type,
	dimensions,
}: GraphValue): MessageInitShape<typeof ValueInfoProtoSchema> {
	const dim = dimensions.map((dimension) => ({
		value:
			typeof dimension === 'number'
				? ({ case: 'dimValue', value: BigInt(dimension) } as const)
				: ({ case: 'dimParam', value: dimension } as const),
	}));
	const tensor = { elemType: dataType(type), shape: { dim } };
	return { name, type: { value: { case: 'tensorType', value: tensor } } };
}

function constantTensor({
	name,
	type,
	shape,
	values,
}: ConstantValue): MessageInitShape<typeof TensorProtoSchema> {
	const { buffer } =
		type === 'float32' ? Float32Array.from(values) : BigInt64Array.from(values, BigInt);
	return {
		name,
		dataType: dataType(type),
		dims: shape.map(BigInt),
		rawData: new Uint8Array(buffer),
	};
}

function nodeProto(node: GraphNode, index: number): MessageInitShape<typeof NodeProtoSchema> {
	return {
		opType: node.operator,
		name: `${node.operator}_${index}`,
		domain: node.domain,
		input: [...node.inputs],
		output: [...node.outputs],
		attribute: Object.entries(node.attributes).map(([name, value]) => attribute(name, value)),
	};
}

function attribute(
	name: string,
	value: AttributeValue,
): MessageInitShape<typeof AttributeProtoSchema> {
	const types = AttributeProto_AttributeType;
	if (typeof value === 'number') return { name, type: types.INT, i: BigInt(value) };
	if (typeof value === 'string') {
		return { name, type: types.STRING, s: new TextEncoder().encode(value) };
	}
	if ('float' in value) return { name, type: types.FLOAT, f: value.float };
	return { name, type: types.INTS, ints: value.map(BigInt) };
}

function dataType(type: ElementType): TensorProto_DataType {
	return type === 'float32' ? TensorProto_DataType.FLOAT : TensorProto_DataType.INT64;
}
