import { expect, it } from 'vitest';
import type { BlockEngine } from '../../../../src/gpu/block-engine.ts';
import type { Graph } from '../../../../src/graph/graph.ts';
import { ModelGraphs } from '../../../../src/pipeline/runner/model-graphs.ts';
import { tinyGraphKinds } from '../../../fixtures/tiny-graph-kinds.ts';

it('hands an engine one graph object a kind, so that it plans each once', async () => {
	const seen: Graph[] = [];
	const engine: BlockEngine = {
		load: async (graph) => {
			seen.push(graph);
			return { run: async () => {}, releaseBuffers: () => {}, dispose: async () => {} };
		},
		scratchBytes: (graph) => void seen.push(graph),
		fallbackReason: (graph) => void seen.push(graph),
		prepare: (graph) => void seen.push(graph),
	};
	const networks = tinyGraphKinds();
	const graphs = new ModelGraphs(
		engine,
		networks.map(({ component }) => component),
	);
	const keys = networks.flatMap(({ component, kinds }) =>
		kinds.map((kind) => ({ component: component.id, kind })),
	);
	const shapes = { inputs: {}, outputs: {}, inPlace: [] };
	for (const key of [...keys, ...keys]) {
		graphs.scratchBytes(key, shapes);
		graphs.fallbackReason(key, shapes);
		graphs.prepare([{ ...key, shapes }]);
		await graphs.get(key);
	}
	expect(seen.length).toBe(keys.length * 7);
	expect(new Set(seen).size).toBe(keys.length);
});
