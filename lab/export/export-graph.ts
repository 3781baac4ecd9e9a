import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
	AttributeProto_AttributeType,
	ModelProtoSchema,
	NodeProtoSchema,
	TensorProto_DataLocation,
	TensorProto_DataType,
	TensorProtoSchema,
} from 'onnx-buf';
import type { OnnxGraph } from '../../src/onnx/onnx-graph.ts';
import { serializeGraph } from '../../src/onnx/serialize-graph.ts';

/** Where a shard keeps a tensor: what ONNX calls external data. */
export interface ExternalTensor {
	/** File name beside the model. */
	readonly location: string;
	readonly byteOffset: number;
}

const FP16_BYTES = 2;

/**
 * The graph as a plain ONNX model over a shard: each weight is an FP16 initializer in the shard's file,
 * widened by a Cast. Any ONNX runtime opens it.
 */
export function exportGraph(
	onnx: OnnxGraph,
	locate: (tensor: string) => ExternalTensor,
): Uint8Array {
	const model = fromBinary(ModelProtoSchema, serializeGraph(onnx));
	const { graph } = model;
	if (graph === undefined) throw new RangeError(`${onnx.name} has no graph`);
	graph.input = graph.input.filter(
		(input) => !onnx.weights.some(({ name }) => name === input.name),
	);
	for (const { name, tensor, shape, elementOffset } of onnx.weights) {
		const packed = `${name}.fp16`;
		const { location, byteOffset } = locate(tensor);
		const elements = shape.reduce((product, extent) => product * extent, 1);
		const initializer = create(TensorProtoSchema, {
			name: packed,
			dataType: TensorProto_DataType.FLOAT16,
			dims: shape.map(BigInt),
			dataLocation: TensorProto_DataLocation.EXTERNAL,
			externalData: [
				{ key: 'location', value: location },
				{ key: 'offset', value: String(byteOffset + elementOffset * FP16_BYTES) },
				{ key: 'length', value: String(elements * FP16_BYTES) },
			],
		});
		graph.initializer.push(initializer);
		const to = BigInt(TensorProto_DataType.FLOAT);
		const widen = create(NodeProtoSchema, {
			...{ opType: 'Cast', name: `widen_${name}`, input: [packed], output: [name] },
			attribute: [{ name: 'to', type: AttributeProto_AttributeType.INT, i: to }],
		});
		graph.node.unshift(widen);
	}
	return toBinary(ModelProtoSchema, model);
}
