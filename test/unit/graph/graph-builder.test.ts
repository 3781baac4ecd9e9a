import { describe, expect, it } from 'vitest';
import { extent } from '../../../src/graph/extent.ts';
import { asMatrix, nodeInputs } from '../../../src/graph/graph.ts';
import { GraphBuilder } from '../../../src/graph/graph-builder.ts';

describe('shapes', () => {
	it('a result has the rows of what it is made of, known or not', () => {
		const g = new GraphBuilder('linear');
		const y = g.linear(g.input('x', ['tokens', 8]), 'w', 16);
		expect(y.shape).toEqual([extent('tokens'), extent(16)]);
	});

	it('an image is a matrix of channels by pixels', () => {
		const g = new GraphBuilder('image');
		const y = g.conv(g.input('x', [1, 4, 'height', 'width']), '', 8, 3, { type: 'doubled' });
		expect(asMatrix(y.shape)).toEqual({
			rows: extent(8),
			columns: { factor: 4, symbols: ['height', 'width'] },
		});
		expect(g.image(g.pixels(y), y).shape).toEqual(y.shape);
	});

	it('terms of one row or one column spread over a formula, others do not', () => {
		const g = new GraphBuilder('formula');
		const [x, row, column] = [
			g.input('x', ['tokens', 8]),
			g.input('row', [1, 8]),
			g.input('column', ['tokens', 1]),
		];
		expect(g.multiply(row, g.add(x, column)).shape).toEqual(x.shape);
		expect(() => g.add(x, g.input('other', ['tokens', 4]))).toThrow(RangeError);
	});

	it('only a vector is split, as its parts stay where it is', () => {
		const g = new GraphBuilder('parts');
		const parts = g.split(g.input('c', [1, 12]), 3);
		expect(parts.map(({ shape }) => shape)).toEqual(parts.map(() => [extent(1), extent(4)]));
		expect(() => g.split(g.input('x', ['tokens', 12]), 3)).toThrow(RangeError);
	});

	it('a layer needs to know what it reads', () => {
		const g = new GraphBuilder('open');
		expect(() => g.linear(g.input('x', [8, 'features']), 'w', 16)).toThrow(RangeError);
	});
});

it('publishes a value under one name only', () => {
	const g = new GraphBuilder('twice');
	const y = g.silu(g.input('x', ['tokens', 8]));
	g.output('y', y, ['tokens', 8]);
	expect(() => g.output('z', y, ['tokens', 8])).toThrow('twice: z has been published');
});

it('lists nodes after those that they read', () => {
	const g = new GraphBuilder('chain');
	const x = g.input('x', ['tokens', 8]);
	const gate = g.silu(g.linear(x, 'gate', 16));
	g.output('y', g.multiply(gate, g.linear(x, 'up', 16)), ['tokens', 16]);
	const { nodes } = g.build();
	for (const [index, node] of nodes.entries()) {
		for (const read of nodeInputs(node)) {
			if (read.type !== 'input') expect(nodes.indexOf(read)).toBeLessThan(index);
		}
	}
});
