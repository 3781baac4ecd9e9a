import type { Graph } from '../../graph/graph.ts';
import type {
	BlockEngine,
	BlockWeights,
	LoadedGraph,
	MatrixUse,
	RunLimits,
	RunShapes,
	TensorShapes,
} from '../block-engine.ts';
import { type AdapterNotes, NO_NOTES } from '../adapter-notes.ts';
import type { GpuContext } from '../gpu-context.ts';
import type { GpuTensors } from '../gpu-tensor.ts';
import { KernelCompileError } from '../kernels/dispatch/kernel-compile-error.ts';
import { compilesSlowly } from '../kernels/dispatch/compiles-slowly.ts';
import type { KernelTarget, MatrixUnits } from '../kernels/dispatch/kernel-dispatch.ts';
import { KernelPipelines } from '../kernels/dispatch/kernel-pipelines.ts';
import { TileRules } from '../kernels/dispatch/tile-rules.ts';
import { OrtBlockEngine } from '../ort/ort-block-engine.ts';
import { abortable } from '../abortable.ts';
import { BlockProgram } from './run/block-program.ts';
import { raceTiles, winner } from './probe/race-tiles.ts';
import { calibrateSpeed } from './probe/calibrate-speed.ts';
import { type FusedRun, planFusedRun, planRun, type RunTarget } from './run/plan-fused-run.ts';
import type { findMatrixUnits } from './probe/find-matrix-units.ts';
import type { PlanStep } from './plan/plan-step.ts';
import { PlannedGraph, type RefusedKernels } from './plan/planned-graph.ts';
import { isSoftwareAdapter } from '../software-adapter.ts';
import { ScratchPool } from './run/scratch-pool.ts';
import { SubmitWindow } from './run/submit-window.ts';
import { selfTest } from './self-test/self-test.ts';
import { UnsupportedGraphError } from './plan/unsupported-graph-error.ts';
import { unpackKeepsSubnormals } from './probe/unpack-probe.ts';
import { WorkSpeed } from './probe/work-speed.ts';

export interface FusedEngineOptions {
	/** Hears of each graph that runs on ONNX Runtime instead, and why. */
	readonly onFallback?: (graph: string, reason: string) => void;
	/** Finds the kernels that this adapter gets wrong; `selfTest`, unless the caller tests otherwise. */
	readonly findRefused?: typeof selfTest;
	/** Finds the matrix units to compute on; none, unless the caller wants them. */
	readonly findMatrices?: typeof findMatrixUnits;
	/** What earlier sessions learnt of this adapter. */
	readonly notes?: AdapterNotes;
	/** Hears what is learnt of this adapter's tiles. */
	readonly onTiles?: (tiles: TileRules) => void;
	/** How fast this adapter is; learnt while it works, unless the caller knows. */
	readonly speed?: WorkSpeed;
}

/** Those that f32 kernels can do without. */
const MATRIX_KERNELS = ['matrix-linear', 'matrix-attention'] as const;

/** A first shader that took longer says that a driver, or what feeds it, is slow at compiling. */
const SLOW_COMPILE_MILLISECONDS = 3000;

/** Programs kept for other picture sizes, prompts or speeds. */
const PROGRAMS_KEPT = 4;

/** What runs a graph with such extents. */
type RunForecast =
	| { readonly type: 'fused'; readonly run: FusedRun }
	| { readonly type: 'fallback'; readonly reason: string };

/** What all graphs of one engine share. */
interface Shared {
	readonly context: GpuContext;
	readonly pipelines: KernelPipelines;
	readonly scratch: ScratchPool<GPUBuffer>;
	readonly window: SubmitWindow;
	readonly speed: WorkSpeed;
	readonly reference: OrtBlockEngine;
	readonly unpackKeepsSubnormals: boolean;
	readonly compilesSlowly: boolean;
	readonly refused: RefusedKernels;
	readonly tiles: TileRules;
	readonly onTiles: (tiles: TileRules) => void;
	readonly matrices: MatrixUnits | undefined;
	/** Graphs that needed a kernel which turned out not to compile, with the reason: tried once. */
	readonly uncompiled: Map<string, string>;
	readonly onFallback: (graph: string, reason: string) => void;
	/** Each graph is planned once, however often it is measured, prepared, loaded and run. */
	readonly planned: WeakMap<Graph, PlannedGraph>;
}

/**
 * Runs graphs on our own kernels, which read FP16 weights in place. A graph whose extents are beyond them, or
 * that needs a kernel which this adapter gets wrong, runs on ONNX Runtime as a whole.
 */
export class FusedBlockEngine implements BlockEngine {
	readonly matrixUse?: MatrixUse;
	readonly #shared: Shared;

	private constructor(shared: Shared, matrixUse: MatrixUse | undefined) {
		this.#shared = shared;
		if (matrixUse !== undefined) this.matrixUse = matrixUse;
	}

	static async open(
		context: GpuContext,
		options: FusedEngineOptions = {},
	): Promise<FusedBlockEngine> {
		const pipelines = new KernelPipelines(context);
		const { adapterInfo, adapterFeatures } = context;
		const isSoftware = isSoftwareAdapter(adapterInfo);
		const tiles = tileRules(options.notes ?? NO_NOTES, isSoftware);
		const target: KernelTarget = {
			limits: context.device.limits,
			unpackKeepsSubnormals: await unpackKeepsSubnormals(context),
			compilesSlowly: compilesSlowly(adapterInfo, adapterFeatures, navigator.userAgent),
			tiles,
			maxDispatchFlops: Infinity,
		};
		const found = await options.findMatrices?.(context);
		const findRefused = options.findRefused ?? selfTest;
		const tested = found === undefined ? target : { ...target, matrices: found };
		let refused = await findRefused(context, pipelines, tested);
		const matrixUse = found === undefined ? undefined : matrixUseOf(refused);
		let speed = options.speed ?? new WorkSpeed(context.pace);
		// A software GPU would compile for seconds what it learns from its first block anyway.
		if (!speed.isKnown && !target.compilesSlowly && !refused.has('linear')) {
			await calibrateSpeed(context, pipelines, target, speed);
		}
		if (speed.isKnown && mayRace(options.notes ?? NO_NOTES, target, pipelines)) {
			refused = new Map([
				...refused,
				...(await race(context, pipelines, tested, speed, findRefused)),
			]);
			if (options.speed === undefined && !refused.has('linear')) {
				// Known so far is what the safe tile does.
				speed = new WorkSpeed(context.pace);
				await calibrateSpeed(context, pipelines, target, speed);
			}
		}
		options.onTiles?.(tiles);
		const shared: Shared = {
			context,
			pipelines,
			scratch: new ScratchPool((size) =>
				context.createBuffer('activations', {
					label: 'scratch',
					size,
					usage: GPUBufferUsage.STORAGE,
				}),
			),
			window: new SubmitWindow(),
			speed,
			reference: new OrtBlockEngine(context),
			unpackKeepsSubnormals: target.unpackKeepsSubnormals,
			compilesSlowly: target.compilesSlowly,
			refused,
			tiles,
			onTiles: options.onTiles ?? (() => undefined),
			matrices: matrixUse?.type === 'used' ? found : undefined,
			uncompiled: new Map(),
			onFallback: options.onFallback ?? (() => undefined),
			planned: new WeakMap(),
		};
		return new FusedBlockEngine(shared, matrixUse);
	}

	async load(graph: Graph): Promise<LoadedGraph> {
		try {
			const planned = plannedGraph(this.#shared, graph);
			planned.steps(graph.outputs.map(({ name }) => name));
			return new FusedGraph(this.#shared, planned);
		} catch (error) {
			if (!(error instanceof UnsupportedGraphError)) throw error;
			this.#shared.onFallback(graph.name, error.message);
			return this.#shared.reference.load(graph);
		}
	}

	scratchBytes(graph: Graph, run: RunShapes): readonly number[] | undefined {
		const forecast = this.#foresee(graph, run);
		return forecast.type === 'fused' ? forecast.run.scratchBytes : undefined;
	}

	fallbackReason(graph: Graph, run: RunShapes): string | undefined {
		const forecast = this.#foresee(graph, run);
		return forecast.type === 'fallback' ? forecast.reason : undefined;
	}

	prepare(graph: Graph, run: RunShapes): void {
		const forecast = this.#foresee(graph, run);
		if (forecast.type === 'fallback') return;
		for (const { label, wgsl } of forecast.run.dispatches) {
			// A failure rejects the run that needs it.
			this.#shared.pipelines.get(label, wgsl).catch(() => undefined);
		}
	}

	/** As `FusedGraph.run` would now: tiles, and with them shaders, go by the speed that is known. */
	#foresee(graph: Graph, run: RunShapes): RunForecast {
		const { uncompiled, speed } = this.#shared;
		const uncompiledReason = uncompiled.get(graph.name);
		if (uncompiledReason !== undefined) return { type: 'fallback', reason: uncompiledReason };
		try {
			const target = runTarget(this.#shared, speed);
			return { type: 'fused', run: planFusedRun(plannedGraph(this.#shared, graph), run, target) };
		} catch (error) {
			if (!(error instanceof UnsupportedGraphError)) throw error;
			return { type: 'fallback', reason: error.message };
		}
	}
}

/** On a GPU that was lost the safe tiles are used; on any other until better ones have won. */
function tileRules(
	{ levels, refusedTiles, lossesInARow, halvings }: AdapterNotes,
	isSoftware: boolean,
): TileRules {
	if (lossesInARow > 0 || halvings > 0) return new TileRules('safe', [], refusedTiles);
	// A software GPU would only learn that everything takes long.
	return new TileRules(isSoftware ? 'tuned' : 'safe', levels, refusedTiles);
}

/** Where the safe tiles took long to compile, the others would take minutes: another session may find them cached. */
function mayRace(
	{ levels, lossesInARow, halvings }: AdapterNotes,
	{ compilesSlowly }: KernelTarget,
	{ slowestMilliseconds }: KernelPipelines,
): boolean {
	const isQuick = !compilesSlowly && slowestMilliseconds < SLOW_COMPILE_MILLISECONDS;
	return isQuick && levels.length === 0 && lossesInARow === 0 && halvings === 0;
}

/** Tests all levels of tiles, and lets the fastest of those that are right win. @returns kernels that are wrong */
async function race(
	context: GpuContext,
	pipelines: KernelPipelines,
	target: KernelTarget,
	speed: WorkSpeed,
	findRefused: typeof selfTest,
): Promise<RefusedKernels> {
	const { tiles } = target;
	const refused = new Map<PlanStep['type'], string>();
	if (tiles === undefined) return refused;
	const contestants = await raceTiles(context, pipelines, target, speed.flopsPerSecond);
	for (const kernel of new Set(contestants.map((each) => each.kernel))) {
		tiles.choose(kernel, winner(contestants.filter((each) => each.kernel === kernel)) ?? 'safe');
	}
	for (const [kernel, wrong] of await findRefused(context, pipelines, target))
		refused.set(kernel, wrong);
	return refused;
}

function matrixUseOf(refused: RefusedKernels): MatrixUse {
	const wrong = MATRIX_KERNELS.find((kernel) => refused.has(kernel));
	return wrong === undefined
		? { type: 'used' }
		: { type: 'refused', reason: `the ${wrong} kernel has ${refused.get(wrong) ?? 'failed'}` };
}

function plannedGraph({ planned, refused }: Shared, graph: Graph): PlannedGraph {
	const known = planned.get(graph) ?? new PlannedGraph(graph, refused);
	planned.set(graph, known);
	return known;
}

function runTarget(
	{ context, unpackKeepsSubnormals, compilesSlowly, matrices, tiles }: Shared,
	{ maxSubmitFlops }: WorkSpeed,
): RunTarget {
	const { limits } = context.device;
	return {
		limits,
		unpackKeepsSubnormals,
		compilesSlowly,
		maxDispatchFlops: maxSubmitFlops,
		tiles,
		maxBufferBytes: limits.maxBufferSize,
		...(matrices === undefined ? {} : { matrices }),
	};
}

class FusedGraph implements LoadedGraph {
	readonly #shared: Shared;
	readonly #planned: PlannedGraph;
	/** By extents, outputs and speed; the last used is the last. */
	readonly #programs = new Map<string, Promise<BlockProgram>>();
	/** For extents that do not fit our kernels. */
	#reference: Promise<LoadedGraph> | undefined;

	constructor(shared: Shared, planned: PlannedGraph) {
		this.#shared = shared;
		this.#planned = planned;
	}

	async run(
		weights: BlockWeights,
		inputs: GpuTensors,
		outputs: GpuTensors,
		limits: RunLimits = {},
		signal?: AbortSignal,
	): Promise<void> {
		const compiled = this.#programIfItFits(inputs, outputs, limits);
		const program = await abortable(compiled, signal);
		if (program === undefined) return (await this.#onReference()).run(weights, inputs, outputs);
		const { context, speed, scratch } = this.#shared;
		context.assertHealthy();
		await program.submit(weights, inputs, outputs, speed);
		if (limits.scratchBytes === undefined) return;
		// A driver frees memory only once its work is done: until then it counts.
		await context.idle();
		scratch.release();
		await context.reclaim();
	}

	releaseBuffers(): void {
		this.#shared.scratch.release();
		for (const key of [...this.#programs.keys()]) this.#drop(key);
		this.#reference?.then(
			(graph) => graph.releaseBuffers(),
			() => undefined,
		);
	}

	async dispose(): Promise<void> {
		this.releaseBuffers();
		await (await this.#reference?.catch(() => undefined))?.dispose();
	}

	/** Undefined where these extents exceed what the device binds at once, or need a tile that it does not compile. */
	async #programIfItFits(
		inputs: GpuTensors,
		outputs: GpuTensors,
		limits: RunLimits,
	): Promise<BlockProgram | undefined> {
		const { uncompiled, onFallback, tiles, onTiles } = this.#shared;
		const { name } = this.#planned.graph;
		if (uncompiled.has(name)) return undefined;
		try {
			return await this.#program(inputs, outputs, limits);
		} catch (error) {
			const tile = error instanceof KernelCompileError ? error.tile : undefined;
			if (error instanceof Error && tile !== undefined && !tiles.refused.has(tile)) {
				tiles.refuse(tile, error.message);
				onTiles(tiles);
				return this.#programIfItFits(inputs, outputs, limits);
			}
			const doesNotCompile = error instanceof KernelCompileError;
			if (!doesNotCompile && !(error instanceof UnsupportedGraphError)) throw error;
			if (doesNotCompile) uncompiled.set(name, error.message);
			if (this.#reference === undefined) onFallback(name, error.message);
			return undefined;
		}
	}

	#onReference(): Promise<LoadedGraph> {
		this.#reference ??= this.#shared.reference.load(this.#planned.graph);
		return this.#reference;
	}

	async #program(
		inputs: GpuTensors,
		outputs: GpuTensors,
		limits: RunLimits,
	): Promise<BlockProgram> {
		const { context, pipelines, scratch, window, speed } = this.#shared;
		const target = runTarget(this.#shared, speed);
		const inputBuffers = new Set<GPUBuffer | null>(
			Object.values(inputs).map(({ buffer }) => buffer),
		);
		const run = {
			...limits,
			inputs: shapesOf(inputs),
			outputs: shapesOf(outputs),
			inPlace: Object.keys(outputs).filter((name) =>
				inputBuffers.has(outputs[name]?.buffer ?? null),
			),
		};
		const key = JSON.stringify([run, target.maxDispatchFlops]);
		const known = this.#programs.get(key);
		const program =
			known ??
			BlockProgram.prepare({
				context,
				pipelines,
				scratch,
				window,
				target,
				name: this.#planned.graph.name,
				plan: planRun(this.#planned, run, target),
			});
		this.#programs.delete(key);
		this.#programs.set(key, program);
		if (known === undefined) {
			program.catch(() => this.#programs.delete(key));
			const [oldest] = this.#programs.keys();
			if (this.#programs.size > PROGRAMS_KEPT && oldest !== undefined) this.#drop(oldest);
		}
		return program;
	}

	#drop(key: string): void {
		const program = this.#programs.get(key);
		this.#programs.delete(key);
		program?.then(
			(prepared) => prepared[Symbol.dispose](),
			() => undefined,
		);
	}
}

function shapesOf(tensors: GpuTensors): TensorShapes {
	return Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
}
