import type { GpuContext } from '../../gpu-context.ts';
import { attention } from '../../kernels/attention/attention.ts';
import { ATTENTION_TILES } from '../../kernels/attention/attention-tiles.ts';
import {
	F16_BYTES,
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
} from '../../kernels/dispatch/kernel-dispatch.ts';
import { KernelCompileError } from '../../kernels/dispatch/kernel-compile-error.ts';
import type { KernelPipelines } from '../../kernels/dispatch/kernel-pipelines.ts';
import { encodeDispatch, readyDispatches } from '../../kernels/dispatch/ready-dispatch.ts';
import type { TileLevel } from '../../kernels/dispatch/tile-rules.ts';
import { conv } from '../../kernels/image/conv.ts';
import { CONV_TILES } from '../../kernels/image/conv-tiles.ts';
import { wholeImage } from '../../kernels/image/image-buffer.ts';
import { linear } from '../../kernels/linear/linear.ts';
import { LINEAR_TILES } from '../../kernels/linear/linear-tiles.ts';
import { SUM } from '../../kernels/wgsl/expression.ts';

/** What each contestant is given to do at a time. */
const RUN_SECONDS = 0.015;
/** Runs of each; the quickest counts, because other programs only ever slow one down. */
const RUNS = 3;
/** Tuned tiles have proven themselves in whole pictures: what beats them here must do so by more than noise. */
const MARGIN = 0.93;

/** A kernel whose tiles are raced. */
type Raced = 'linear' | 'attention' | 'conv';

/** What the same work takes in the tile of one level. */
export interface Contestant {
	readonly kernel: Raced;
	readonly level: TileLevel;
	/** `TileTable.id` of the tile. */
	readonly tile: string;
	readonly flopsPerSecond: number;
}

/** The level that won, by a margin over those before it. */
export function winner(contestants: readonly Contestant[]): TileLevel | undefined {
	const [first, ...others] = contestants;
	return others.reduce(
		(best, each) =>
			best !== undefined && each.flopsPerSecond * MARGIN > best.flopsPerSecond ? each : best,
		first,
	)?.level;
}

/**
 * Times the tiles that this adapter could be given on work as the networks have it. Those that do not compile are
 * left out.
 *
 * @param flopsPerSecond about what the GPU does: pieces of work are cut to it
 */
export async function raceTiles(
	context: GpuContext,
	pipelines: KernelPipelines,
	target: KernelTarget,
	flopsPerSecond: number,
): Promise<readonly Contestant[]> {
	using buffers = new RaceBuffers(context);
	const contestants: Contestant[] = [];
	for (const { kernel, level, tile, dispatches } of entries(buffers, target, flopsPerSecond)) {
		const speed = await timeTile(context, pipelines, dispatches, flopsPerSecond);
		if (speed !== undefined) contestants.push({ kernel, level, tile, flopsPerSecond: speed });
	}
	return contestants;
}

interface Entry extends Pick<Contestant, 'kernel' | 'level' | 'tile'> {
	readonly dispatches: readonly KernelDispatch<GPUBuffer>[];
}

function entries(
	buffers: RaceBuffers,
	target: KernelTarget,
	flopsPerSecond: number,
): readonly Entry[] {
	const flops = RUN_SECONDS * flopsPerSecond;
	return [
		...linearEntries(buffers, target, flops),
		...attentionEntries(buffers, target, flops),
		...convEntries(buffers, target, flops),
	];
}

/** A power of two from `least` to `most` that is no more than `wanted`, if it can be. */
function extentFor(wanted: number, least: number, most: number): number {
	return Math.min(most, Math.max(least, 2 ** Math.floor(Math.log2(wanted))));
}

/** A layer of the transformer at 1024x1024, or as many of its rows as the GPU does in time. */
function linearEntries(buffers: RaceBuffers, target: KernelTarget, flops: number): Entry[] {
	const [depth, columns] = [1024, 4096];
	const rows = extentFor(flops / (2 * depth * columns), 256, 4096);
	const x = buffers.of(rows * depth * F32_BYTES);
	const weight = buffers.of(depth * columns * F16_BYTES);
	const output = buffers.of(rows * columns * F32_BYTES);
	const weights = [{ ref: weight, byteOffset: 0, byteLength: weight.size }];
	const layer = { label: 'race linear', x, weights, output, rows, depth, columns };
	const kind = { isDual: false };
	return [...LINEAR_TILES.levels(kind, target)].map(([level, tile]) => ({
		kernel: 'linear',
		level,
		tile: LINEAR_TILES.id(tile, kind),
		dispatches: linear.dispatches({ ...layer, expression: SUM, operands: [], tile }, target),
	}));
}

function attentionEntries(buffers: RaceBuffers, target: KernelTarget, flops: number): Entry[] {
	const [heads, headDim] = [8, 128];
	const tokens = extentFor(Math.sqrt(flops / (4 * heads * headDim)), 256, 4096);
	const [q, k, v, output] = [1, 2, 3, 4].map(() =>
		buffers.of(tokens * heads * headDim * F32_BYTES),
	);
	const extents = { queries: tokens, keys: tokens, heads, keyValueHeads: heads, headDim, scale: 1 };
	const kind = { headDim };
	return [...ATTENTION_TILES.levels(kind, target)].map(([level, tile]) => ({
		kernel: 'attention',
		level,
		tile: ATTENTION_TILES.id(tile, kind),
		dispatches: attention.dispatches(
			{ label: 'race attention', q, k, v, output, ...extents, tile },
			target,
		),
	}));
}

function convEntries(buffers: RaceBuffers, target: KernelTarget, flops: number): Entry[] {
	const [channels, width] = [128, 256];
	const height = extentFor(flops / (2 * 9 * channels ** 2 * width), 32, 256);
	const [x, output] = [1, 2].map(() => buffers.of(channels * height * width * F32_BYTES));
	const weight = buffers.of(9 * channels ** 2 * F16_BYTES);
	const kind = { kernel: 3 } as const;
	return [...CONV_TILES.levels(kind, target)].map(([level, tile]) => ({
		kernel: 'conv',
		level,
		tile: CONV_TILES.id(tile, kind),
		dispatches: conv.dispatches(
			{
				...{
					label: 'race convolution',
					x: wholeImage(x, height),
					output: wholeImage(output, height),
				},
				weight: { ref: weight, byteOffset: 0, byteLength: weight.size },
				...{ inChannels: channels, outChannels: channels, height, width, kernel: 3, upscale: 1 },
				...{ expression: SUM, operands: [], tile },
			},
			target,
		),
	}));
}

/** Floating-point operations a second; undefined where it does not compile. */
async function timeTile(
	context: GpuContext,
	pipelines: KernelPipelines,
	dispatches: readonly KernelDispatch<GPUBuffer>[],
	flopsPerSecond: number,
): Promise<number | undefined> {
	const { device } = context;
	const flops = dispatches.reduce((sum, each) => sum + each.flops, 0);
	const repeats = Math.max(1, Math.round((RUN_SECONDS * flopsPerSecond) / flops));
	const ready = await readyDispatches(context, pipelines, dispatches).catch((error: unknown) => {
		if (error instanceof KernelCompileError) return undefined;
		throw error;
	});
	if (ready === undefined) return undefined;
	try {
		let quickest = Infinity;
		// The first run brings everything up, and does not count.
		for (let run = 0; run <= RUNS; run++) {
			const encoder = device.createCommandEncoder({ label: 'race' });
			const pass = encoder.beginComputePass({ label: 'race' });
			for (let repeat = 0; repeat < repeats; repeat++) {
				for (const each of ready) {
					encodeDispatch(device, pass, each, (ref) => ({ buffer: ref, byteOffset: 0 }));
				}
			}
			const started = performance.now();
			context.submit(encoder, pass);
			await context.idle();
			if (run > 0) quickest = Math.min(quickest, performance.now() - started);
		}
		return (1000 * repeats * flops) / quickest;
	} finally {
		ready[0]?.uniforms.destroy();
	}
}

class RaceBuffers implements Disposable {
	readonly #context: GpuContext;
	readonly #buffers: GPUBuffer[] = [];

	constructor(context: GpuContext) {
		this.#context = context;
	}

	of(size: number): GPUBuffer {
		const usage = GPUBufferUsage.STORAGE;
		const buffer = this.#context.createBuffer('activations', { label: 'race', size, usage });
		this.#buffers.push(buffer);
		return buffer;
	}

	[Symbol.dispose](): void {
		for (const buffer of this.#buffers) buffer.destroy();
	}
}
