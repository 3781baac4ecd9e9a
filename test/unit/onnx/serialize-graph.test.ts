import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/graph/graph-builder.ts';
import { lowerGraph } from '../../../src/onnx/lower-graph.ts';
import type { OnnxGraph } from '../../../src/onnx/onnx-graph.ts';
import { serializeGraph } from '../../../src/onnx/serialize-graph.ts';

function linearGraph(maxBindingBytes: number): OnnxGraph {
	const g = new GraphBuilder('linear');
	g.output('y', g.linear(g.input('x', ['tokens', 512]), 'w', 64), ['tokens', 64]);
	return lowerGraph(g.build(), { maxBindingBytes });
}

it('takes streamed weights as float32 inputs', () => {
	const model = fromBinary(ModelProtoSchema, serializeGraph(linearGraph(2 ** 27)));
	expect(model.graph?.input.map((input) => input.name)).toEqual(['x', 'w']);
	expect(model.graph?.initializer).toEqual([]);
});
