import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/graph/graph-builder.ts';
import { lowerGraph } from '../../../src/onnx/lower-graph.ts';
import type { OnnxGraph } from '../../../src/onnx/onnx-graph.ts';

const ROOMY = { maxBindingBytes: 2 ** 27 };

function linearGraph(maxBindingBytes: number): OnnxGraph {
	const g = new GraphBuilder('linear');
	g.output('y', g.linear(g.input('x', ['tokens', 512]), 'w', 64), ['tokens', 64]);
	return lowerGraph(g.build(), { maxBindingBytes });
}

describe('a linear layer in ONNX', () => {
	it('keeps a weight whole that one binding holds', () => {
		const graph = linearGraph(512 * 64 * 4);
		expect(graph.weights).toEqual([
			{ name: 'w', tensor: 'w', elementOffset: 0, format: 'f16', shape: [512, 64] },
		]);
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
});

it('publishes a result under its name without copying it', () => {
	const g = new GraphBuilder('add');
	const x = g.input('x', ['tokens', 2]);
	const sum = g.add(x, x);
	g.output('twice', sum, ['tokens', 2]);
	g.output('four', g.add(sum, sum), ['tokens', 2]);
	const { nodes } = lowerGraph(g.build(), ROOMY);
	expect(nodes.map(({ operator, inputs, outputs }) => [operator, inputs, outputs])).toEqual([
		['Add', ['x', 'x'], ['twice']],
		['Add', ['twice', 'twice'], ['four']],
	]);
});

it('splits a value once for all its parts', () => {
	const g = new GraphBuilder('halves');
	const [first, second] = g.split(g.input('x', [1, 8]), 2);
	if (first === undefined || second === undefined) throw new Error('not in two');
	g.output('y', g.add(first, second), [1, 4]);
	const { nodes } = lowerGraph(g.build(), ROOMY);
	expect(nodes.map(({ operator }) => operator)).toEqual(['Split', 'Add']);
});

it('names a weight once, however often it is read', () => {
	const g = new GraphBuilder('shared');
	const once = g.linear(g.input('x', ['tokens', 8]), 'w', 8);
	g.output('y', g.linear(once, 'w', 8), ['tokens', 8]);
	expect(lowerGraph(g.build(), ROOMY).weights.map(({ name }) => name)).toEqual(['w']);
});
