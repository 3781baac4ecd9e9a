import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataLocation } from 'onnx-buf';
import { expect, it } from 'vitest';
import { exportGraph } from '../../../lab/export/export-graph.ts';
import { GraphBuilder } from '../../../src/graph/graph-builder.ts';
import { lowerGraph } from '../../../src/onnx/lower-graph.ts';
import type { OnnxGraph } from '../../../src/onnx/onnx-graph.ts';

function linearGraph(maxBindingBytes: number): OnnxGraph {
	const g = new GraphBuilder('linear');
	g.output('y', g.linear(g.input('x', ['tokens', 512]), 'w', 64), ['tokens', 64]);
	return lowerGraph(g.build(), { maxBindingBytes });
}

it('points exported weights at their bytes in the shard', () => {
	const bytes = exportGraph(linearGraph(300 * 64 * 4), () => ({
		location: 'block.bin',
		byteOffset: 4096,
	}));
	const graph = fromBinary(ModelProtoSchema, bytes).graph;
	expect(graph?.input.map((input) => input.name)).toEqual(['x']);
	const second = graph?.initializer.find(({ name }) => name === 'w.rows256.fp16');
	expect(second?.dataLocation).toBe(TensorProto_DataLocation.EXTERNAL);
	expect(
		Object.fromEntries(second?.externalData.map(({ key, value }) => [key, value]) ?? []),
	).toEqual({
		location: 'block.bin',
		offset: String(4096 + 256 * 64 * 2),
		length: String(256 * 64 * 2),
	});
});
