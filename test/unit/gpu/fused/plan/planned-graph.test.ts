import { expect, it } from 'vitest';
import { PlannedGraph } from '../../../../../src/gpu/fused/plan/planned-graph.ts';
import { UnsupportedGraphError } from '../../../../../src/gpu/fused/plan/unsupported-graph-error.ts';
import type { Graph } from '../../../../../src/graph/graph.ts';
import { GraphBuilder } from '../../../../../src/graph/graph-builder.ts';

function normGraph(): Graph {
	const g = new GraphBuilder('norm');
	const normalized = g.rmsNorm(g.input('x', ['tokens', 8]), 'w', 1e-6);
	g.output('normalized', normalized, ['tokens', 8]);
	g.output('y', g.silu(normalized), ['tokens', 8]);
	return g.build();
}

it('finds the steps of the same outputs once', () => {
	const planned = new PlannedGraph(normGraph());
	expect(planned.steps(['y'])).toBe(planned.steps(['y']));
	expect(planned.steps(['y'])).toHaveLength(1);
	expect(planned.steps(['normalized', 'y'])).toHaveLength(2);
});

it('refuses a graph that needs a kernel which this adapter gets wrong, each time', () => {
	const planned = new PlannedGraph(normGraph(), new Map([['row-norm', 'an error of 1']]));
	for (let time = 0; time < 2; time++) {
		const steps = () => planned.steps(['y']);
		expect(steps).toThrow(UnsupportedGraphError);
		expect(steps).toThrow('norm: the row-norm kernel has an error of 1');
	}
});
