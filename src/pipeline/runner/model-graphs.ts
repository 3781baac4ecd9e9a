import type { Block, Component, ComponentId } from '../../families/parts/block.ts';
import type { Graph } from '../../graph/graph.ts';
import type { AdapterSet } from '../adapters/adapter-set.ts';
import type { BlockSide } from '../adapters/adapt-block.ts';
import type { BlockEngine, LoadedGraph, RunShapes } from '../../gpu/block-engine.ts';

/** What tells the graph of a block. */
export interface GraphKey extends Pick<Block, 'component' | 'kind'> {
	/** Of adapters, which change it. */
	readonly side?: Pick<BlockSide, 'key' | 'graph'> | undefined;
}

/** A block's run to come. */
export interface ForeseenRun extends GraphKey {
	readonly shapes: RunShapes;
}

/** A model's graphs, each loaded when a block of its kind first runs and kept from then on: their shaders are compiled once. */
export class ModelGraphs {
	readonly #engine: BlockEngine;
	readonly #components: ReadonlyMap<ComponentId, Component>;
	readonly #taps: boolean;
	readonly #graphs = new Map<string, Graph>();
	readonly #loaded = new Map<string, Promise<LoadedGraph>>();

	/** @param taps also publish the intermediate values that golden files hold */
	constructor(engine: BlockEngine, components: readonly Component[], taps = false) {
		this.#engine = engine;
		this.#components = new Map(components.map((component) => [component.id, component]));
		this.#taps = taps;
	}

	get(key: GraphKey): Promise<LoadedGraph> {
		const name = graphName(key);
		const known = this.#loaded.get(name);
		if (known !== undefined) return known;
		const loading = this.#engine.load(this.#graph(key));
		this.#loaded.set(name, loading);
		loading.catch(() => this.#loaded.delete(name));
		return loading;
	}

	/** What adapters make of a block; undefined where they change nothing. */
	sideOf(block: Block, adapters: AdapterSet | undefined): BlockSide | undefined {
		const { component, kind } = block;
		return adapters?.sideOf(block, this.#graph({ component, kind }));
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
	prepare(runs: readonly ForeseenRun[]): void {
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

	/** One object a kind: engines know a graph again by it. */
	#graph(key: GraphKey): Graph {
		const name = graphName(key);
		const known = this.#graphs.get(name);
		if (known !== undefined) return known;
		const component = this.#components.get(key.component);
		if (component === undefined) {
			throw new RangeError(`The model has no component ${key.component}`);
		}
		const graph = key.side?.graph ?? component.graph(key.kind, { taps: this.#taps });
		this.#graphs.set(name, graph);
		return graph;
	}

	async #settled(): Promise<readonly LoadedGraph[]> {
		const results = await Promise.allSettled(this.#loaded.values());
		return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
	}
}

function graphName({ component, kind, side }: GraphKey): string {
	return `${component}/${kind}${side?.key ?? ''}`;
}
