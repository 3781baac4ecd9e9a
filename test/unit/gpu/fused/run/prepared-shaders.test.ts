import { describe, expect, it } from 'vitest';
import type { RunShapes } from '../../../../../src/gpu/block-engine.ts';
import { PlannedGraph } from '../../../../../src/gpu/fused/plan/planned-graph.ts';
import { planFusedRun, planRun } from '../../../../../src/gpu/fused/run/plan-fused-run.ts';
import { measurePicture } from '../../../../../src/pipeline/measure-picture.ts';
import { fullSizeModel, H100 } from '../../../../fixtures/full-size-model.ts';

interface Run {
	readonly graph: PlannedGraph;
	readonly shapes: RunShapes;
}

/** Of a picture of 1024² at full size. */
async function runsOfAPicture(): Promise<readonly Run[]> {
	const runs: Run[] = [];
	const model = fullSizeModel((graph, shapes) => {
		const planned = new PlannedGraph(graph);
		const { scratchBytes } = planFusedRun(planned, shapes, H100);
		runs.push({ graph: planned, shapes });
		return scratchBytes;
	});
	await measurePicture(model, { width: 1024, height: 1024, steps: 1 });
	return runs;
}

function preparedShaders({ graph, shapes }: Run, maxDispatchFlops: number): ReadonlySet<string> {
	const { dispatches } = planFusedRun(graph, shapes, { ...H100, maxDispatchFlops });
	return new Set(dispatches.map(({ wgsl }) => wgsl));
}

function usedShaders({ graph, shapes }: Run, maxDispatchFlops: number): ReadonlySet<string> {
	const target = { ...H100, maxDispatchFlops };
	const plan = planRun(graph, shapes, target);
	return new Set(plan.dispatches(target).map(({ wgsl }) => wgsl));
}

describe.each([0.1, 1, 10, 100])('on a GPU of %d TFLOP/s', (teraflops) => {
	it('what prepare compiles is what run asks for', async () => {
		const maxDispatchFlops = teraflops * 1e11;
		for (const run of await runsOfAPicture()) {
			const used = usedShaders(run, maxDispatchFlops);
			expect(preparedShaders(run, maxDispatchFlops), run.graph.graph.name).toEqual(used);
		}
	});
});

it('a slow GPU runs other shaders than a fast one: no plan is right for both', async () => {
	const runs = await runsOfAPicture();
	const isOther = runs.some((run) =>
		[...usedShaders(run, 1e10)].some((wgsl) => !preparedShaders(run, Infinity).has(wgsl)),
	);
	expect(isOther).toBe(true);
});
