import type { Graph } from '../../../graph/graph.ts';
import { planGraph } from './plan-graph.ts';
import type { PlanStep } from './plan-step.ts';
import { UnsupportedGraphError } from './unsupported-graph-error.ts';

/** Kernels that this adapter gets wrong, with what is wrong. */
export type RefusedKernels = ReadonlyMap<PlanStep['type'], string>;

/** A graph with the steps that compute it, found once for all its runs. */
export class PlannedGraph {
	readonly graph: Graph;
	readonly #refused: RefusedKernels;
	/** By the outputs that they compute. */
	readonly #steps = new Map<string, readonly PlanStep[]>();

	constructor(graph: Graph, refused: RefusedKernels = new Map()) {
		this.graph = graph;
		this.#refused = refused;
	}

	/** As `planGraph`. @throws UnsupportedGraphError also for a kernel that this adapter gets wrong */
	steps(outputs: readonly string[]): readonly PlanStep[] {
		const key = outputs.join();
		const steps = this.#steps.get(key) ?? planGraph(this.graph, outputs);
		this.#steps.set(key, steps);
		for (const { type } of steps) {
			const wrong = this.#refused.get(type);
			if (wrong === undefined) continue;
			throw new UnsupportedGraphError(`${this.graph.name}: the ${type} kernel has ${wrong}`);
		}
		return steps;
	}
}
