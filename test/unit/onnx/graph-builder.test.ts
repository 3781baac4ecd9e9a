import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataLocation } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/onnx/graph-builder.ts';
import {
	serializeExportedGraph,
	serializeStreamedGraph,
} from '../../../src/onnx/serialize-graph.ts';

const ROOMY = { maxBindingBytes: 2 ** 27 };

function linearGraph(maxBindingBytes: number) {
	const g = new GraphBuilder('linear', { maxBindingBytes });
	const x = g.input('x', ['tokens', 512]);
	g.output('y', g.linear(x, 'w', 512, 64), ['tokens', 64]);
	return g.build();
}

describe('GraphBuilder', () => {
	it('keeps a weight whole that one binding holds', () => {
		const graph = linearGraph(512 * 64 * 4);
		expect(graph.weights).toEqual([{ name: 'w', tensor: 'w', elementOffset: 0, shape: [512, 64] }]);
		expect(graph.nodes.map((node) => node.operator)).toEqual(['MatMul']);
	});

	it('cuts a larger weight into runs of rows that start at multiples of 256 bytes of FP16', () => {
		const graph = linearGraph(300 * 64 * 4);
		expect(graph.weights.map(({ elementOffset, shape }) => [elementOffset, shape[0]])).toEqual([
			[0, 256],
			[256 * 64, 256],
		]);
		for (const { elementOffset } of graph.weights) expect((elementOffset * 2) % 256).toBe(0);
	});

	it('refuses a weight of which not even a few rows fit', () => {
		expect(() => linearGraph(127 * 64 * 4)).toThrow(RangeError);
	});

	it('publishes a result under its name without copying it', () => {
		const g = new GraphBuilder('add', ROOMY);
		const x = g.input('x', [2]);
		const sum = g.op('Add', [x, x]);
		g.output('twice', sum, [2]);
		g.output('four', g.op('Add', [sum, sum]), [2]);
		const { nodes } = g.build();
		expect(nodes.map(({ operator, inputs, outputs }) => [operator, inputs, outputs])).toEqual([
			['Add', ['x', 'x'], ['twice']],
			['Add', ['twice', 'twice'], ['four']],
		]);
	});

	it('copies where an input is published as it is', () => {
		const g = new GraphBuilder('same', ROOMY);
		g.output('y', g.input('x', [2]), [2]);
		expect(g.build().nodes.map((node) => node.operator)).toEqual(['Identity']);
	});
});

describe('serialized graphs', () => {
	it('take streamed weights as float32 inputs', () => {
		const model = fromBinary(ModelProtoSchema, serializeStreamedGraph(linearGraph(2 ** 27)));
		expect(model.graph?.input.map((input) => input.name)).toEqual(['x', 'w']);
		expect(model.graph?.initializer).toEqual([]);
	});

	it('point exported weights at their bytes in the shard', () => {
		const bytes = serializeExportedGraph(linearGraph(300 * 64 * 4), () => ({
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
});
