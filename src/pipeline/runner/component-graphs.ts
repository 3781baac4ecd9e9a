import type { BlockKind, Component } from '../../families/parts/block.ts';
import type { BlockEngine, LoadedGraph, RunShapes } from '../../gpu/block-engine.ts';
import type { OnnxGraph } from '../../onnx/graph.ts';

/** A block's run to come. */
export interface PlannedRun {
	readonly kind: BlockKind;
	readonly shapes: RunShapes;
}

/** A component's graphs, each loaded when a block of its kind first runs and kept from then on: their shaders are compiled once. */
export class ComponentGraphs {
	readonly #engine: BlockEngine;
	readonly #component: Component;
	readonly #maxBindingBytes: number;
	readonly #taps: boolean;
	readonly #loaded = new Map<BlockKind, Promise<LoadedGraph>>();

	/** @param taps also publish the intermediate values that golden files hold */
	constructor(engine: BlockEngine, component: Component, maxBindingBytes: number, taps = false) {
		this.#engine = engine;
		this.#component = component;
		this.#maxBindingBytes = maxBindingBytes;
		this.#taps = taps;
	}

	get(kind: BlockKind): Promise<LoadedGraph> {
		const loaded = this.#loaded.get(kind) ?? this.#load(kind);
		this.#loaded.set(kind, loaded);
		return loaded;
	}

	/** As `BlockEngine.scratchBytes`, for a block of this kind. */
	scratchBytes(kind: BlockKind, run: RunShapes): readonly number[] | undefined {
		return this.#engine.scratchBytes(this.#graph(kind), run);
	}

	/** As `BlockEngine.fallbackReason`, for a block of this kind. */
	fallbackReason(kind: BlockKind, run: RunShapes): string | undefined {
		return this.#engine.fallbackReason(this.#graph(kind), run);
	}

	/** As `BlockEngine.prepare`, for blocks of these kinds. */
	prepare(runs: readonly PlannedRun[]): void {
		for (const { kind, shapes } of runs) this.#engine.prepare(this.#graph(kind), shapes);
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

	async #load(kind: BlockKind): Promise<LoadedGraph> {
		try {
			return await this.#engine.load(this.#graph(kind));
		} catch (error) {
			this.#loaded.delete(kind);
			throw error;
		}
	}

	#graph(kind: BlockKind): OnnxGraph {
		return this.#component.graph(kind, {
			maxBindingBytes: this.#maxBindingBytes,
			taps: this.#taps,
		});
	}

	async #settled(): Promise<readonly LoadedGraph[]> {
		const results = await Promise.allSettled(this.#loaded.values());
		return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
	}
}
