import type { Block, Component, ComponentId } from '../../families/parts/block.ts';
import type { BlockEngine, LoadedGraph, RunShapes } from '../../gpu/block-engine.ts';
import type { OnnxGraph } from '../../onnx/graph.ts';

/** What tells the graph of a block. */
export type GraphKey = Pick<Block, 'component' | 'kind'>;

/** A block's run to come. */
export interface PlannedRun extends GraphKey {
	readonly shapes: RunShapes;
}

/** A model's graphs, each loaded when a block of its kind first runs and kept from then on: their shaders are compiled once. */
export class ModelGraphs {
	readonly #engine: BlockEngine;
	readonly #components: ReadonlyMap<ComponentId, Component>;
	readonly #maxBindingBytes: number;
	readonly #taps: boolean;
	readonly #loaded = new Map<string, Promise<LoadedGraph>>();

	/** @param taps also publish the intermediate values that golden files hold */
	constructor(
		engine: BlockEngine,
		components: readonly Component[],
		maxBindingBytes: number,
		taps = false,
	) {
		this.#engine = engine;
		this.#components = new Map(components.map((component) => [component.id, component]));
		this.#maxBindingBytes = maxBindingBytes;
		this.#taps = taps;
	}

	get(key: GraphKey): Promise<LoadedGraph> {
		const name = `${key.component}/${key.kind}`;
		const known = this.#loaded.get(name);
		if (known !== undefined) return known;
		const loading = this.#engine.load(this.#graph(key));
		this.#loaded.set(name, loading);
		loading.catch(() => this.#loaded.delete(name));
		return loading;
	}

	/** As `BlockEngine.scratchBytes`, for a block of this kind. */
	scratchBytes(key: GraphKey, run: RunShapes): readonly number[] | undefined {
		return this.#engine.scratchBytes(this.#graph(key), run);
	}

	/** As `BlockEngine.fallbackReason`, for a block of this kind. */
	fallbackReason(key: GraphKey, run: RunShapes): string | undefined {
		return this.#engine.fallbackReason(this.#graph(key), run);
	}

	/** As `BlockEngine.prepare`, for blocks of these kinds. */
	prepare(runs: readonly PlannedRun[]): void {
		for (const run of runs) this.#engine.prepare(this.#graph(run), run.shapes);
	}

	/** Gives back the GPU memory that graphs hold between blocks. */
	async releaseBuffers(): Promise<void> {
		for (const graph of await this.#settled()) graph.releaseBuffers();
	}

	async dispose(): Promise<void> {
		const graphs = await this.#settled();
		this.#loaded.clear();
		for (const graph of graphs) await graph.dispose();
	}

	#graph({ component, kind }: GraphKey): OnnxGraph {
		const found = this.#components.get(component);
		if (found === undefined) throw new RangeError(`The model has no component ${component}`);
		return found.graph(kind, { maxBindingBytes: this.#maxBindingBytes, taps: this.#taps });
	}

	async #settled(): Promise<readonly LoadedGraph[]> {
		const results = await Promise.allSettled(this.#loaded.values());
		return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
	}
}
