import { describe, expect, it } from 'vitest';
import { planGraph } from '../../../../../src/gpu/fused/plan/plan-graph.ts';
import { UnsupportedGraphError } from '../../../../../src/gpu/fused/plan/unsupported-graph-error.ts';
import type { ComputedNode, Graph } from '../../../../../src/graph/graph.ts';
import { GraphBuilder } from '../../../../../src/graph/graph-builder.ts';
import { tinyGraphKinds } from '../../../../fixtures/tiny-graph-kinds.ts';
import { printSteps } from './print-steps.ts';

function printed(graph: Graph, outputs = graph.outputs.map(({ name }) => name)): string {
	return printSteps(planGraph(graph, outputs), outputs);
}

it.each(tinyGraphKinds())(
	'$component.id runs on the kernels that are on record',
	async ({ component, kinds }) => {
		const texts = [false, true].flatMap((taps) =>
			kinds.map((kind) => {
				const graph = component.graph(kind, { taps });
				return `${kind} -> ${graph.outputs.map(({ name }) => name).join(', ')}\n${printed(graph)}`;
			}),
		);
		const text = [...new Set(texts)].join('\n');
		await expect(text).toMatchFileSnapshot(`planned-steps/${component.id}.txt`);
	},
);

describe('what a kernel takes along', () => {
	it('is a formula of its sum, with the values that it reads', () => {
		const g = new GraphBuilder('gated');
		const gate = g.tanh(g.input('gate', [1, 16]));
		const y = g.linear(g.input('x', ['tokens', 8]), 'w', 16, 'b');
		g.output('y', g.multiply(gate, y), ['tokens', 16]);
		expect(printed(g.build())).toBe(
			'  y[tokens, 16] = linear depth=8 expression=multiply(tanh(operand0), add(sum0, operand1))' +
				' operands=(gate@0[16] f32 columns, "b"@0[16] f16 columns)' +
				' weights=[{"tensor":"w","elements":128}] x="x"\n',
		);
	});

	it('is nothing that is read twice: that is computed once and stored', () => {
		const g = new GraphBuilder('shared');
		const x = g.linear(g.input('x', ['tokens', 8]), 'w', 16);
		g.output('y', g.add(x, g.tanh(x)), ['tokens', 16]);
		const steps = planGraph(g.build(), ['y']);
		expect(steps.map(({ type }) => type)).toEqual(['linear', 'elementwise']);
	});

	it('is nothing that a caller wants, but all of what no caller wants', () => {
		const g = new GraphBuilder('tapped');
		const x = g.linear(g.input('x', ['tokens', 8]), 'w', 16);
		g.output('tap', x, ['tokens', 16]);
		g.output('y', g.silu(x), ['tokens', 16]);
		const outputsOf = (wanted: readonly string[]) =>
			planGraph(g.build(), wanted).map(({ output }) => output);
		expect(outputsOf(['y'])).toEqual(['y']);
		expect(outputsOf(['y', 'tap'])).toEqual(['tap', 'y']);
	});

	it('is the weight of one norm where a formula holds two', () => {
		const g = new GraphBuilder('two norms');
		const norm = (name: string) => g.rmsNorm(g.input(name, ['tokens', 8]), `${name}w`, 1e-6);
		g.output('y', g.add(norm('a'), norm('b')), ['tokens', 8]);
		const weights = planGraph(g.build(), ['y']).map((step) =>
			'operands' in step
				? step.operands.map(({ tensor }) => (tensor.type === 'weight' ? tensor.tensor : 'value'))
				: [],
		);
		expect(weights).toEqual([['aw'], ['value', 'bw']]);
	});
});

it('computes the terms of a formula first that has more values than a kernel binds', () => {
	const g = new GraphBuilder('long');
	const term = (index: number) => g.input(`x${index}`, ['tokens', 6]);
	const sum = [1, 2, 3, 4].reduce((before, index) => g.add(before, term(index)), g.silu(term(0)));
	g.output('y', sum, ['tokens', 6]);
	const steps = planGraph(g.build(), ['y']);
	const operands = steps.map((step) => ('operands' in step ? step.operands.length : 0));
	expect(operands).toEqual([4, 2]);
});

it('computes a formula of weights alone once, not for each row that reads it', () => {
	const g = new GraphBuilder('weights');
	const scale = g.add(g.weight('w', [8]), g.weight('difference', [8], 'f32'));
	g.output('y', g.multiply(g.input('x', ['tokens', 8]), scale), ['tokens', 8]);
	const steps = planGraph(g.build(), ['y']);
	expect(steps.map(({ type, rows }) => [type, rows.symbols])).toEqual([
		['elementwise', []],
		['elementwise', ['tokens']],
	]);
});

describe('what is beyond the kernels is refused by the name of its graph', () => {
	const refusal = (build: (g: GraphBuilder) => ComputedNode) => () => {
		const g = new GraphBuilder('strange');
		g.output('y', build(g), ['tokens', 6]);
		return planGraph(g.build(), ['y']);
	};

	it('heads that are no whole vectors', () => {
		const plan = refusal((g) => {
			const [q, k, v] = [
				g.input('q', ['tokens', 6]),
				g.input('k', ['tokens', 6]),
				g.input('v', ['tokens', 6]),
			];
			return g.attention([q, k, v], { heads: 1, keyValueHeads: 1, headDim: 6 });
		});
		expect(plan).toThrow(UnsupportedGraphError);
		expect(plan).toThrow('strange: heads of 6 features');
	});
});
