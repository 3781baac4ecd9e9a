import { expect, it } from 'vitest';
import { GraphView } from '../../../src/gpu/fused/graph-view.ts';
import { planGraph } from '../../../src/gpu/fused/plan-graph.ts';
import { tinyGraphKinds } from '../../fixtures/tiny-graph-kinds.ts';
import { printSteps } from './print-steps.ts';

it.each(tinyGraphKinds())(
	'$component.id runs on the kernels that are on record',
	async ({ component, kinds }) => {
		const texts = [false, true].flatMap((taps) =>
			kinds.map((kind) => {
				const graph = component.graph(kind, { maxBindingBytes: 2 ** 20, taps });
				const outputs = graph.outputs.map(({ name }) => name);
				const steps = printSteps(planGraph(new GraphView(graph), outputs), outputs);
				return `${kind} -> ${outputs.join(', ')}\n${steps}`;
			}),
		);
		const text = [...new Set(texts)].join('\n');
		await expect(text).toMatchFileSnapshot(`planned-steps/${component.id}.txt`);
	},
);
