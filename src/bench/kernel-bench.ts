import type { Block } from '../families/block.ts';
import { shardLayout } from '../families/shard-layout.ts';
import { parseZImageConfig } from '../families/z-image-config.ts';
import { ZImageTransformer } from '../families/z-image-transformer.ts';
import type { BlockEngine } from '../gpu/block-engine.ts';
import { unpackKeepsSubnormals } from '../gpu/fused/unpack-probe.ts';
import { GpuContext } from '../gpu/gpu-context.ts';
import type { GpuTensor } from '../gpu/gpu-tensor.ts';
import {
	attention,
	type AttentionTile,
	attentionTileFits,
	attentionTileName,
} from '../gpu/kernels/attention.ts';
import { conv } from '../gpu/kernels/conv.ts';
import { convStorageBytes, convThreads, type ConvTile } from '../gpu/kernels/conv-tiles.ts';
import { SUM } from '../gpu/kernels/expression.ts';
import { wholeImage } from '../gpu/kernels/image-buffer.ts';
import type { KernelDispatch, KernelTarget } from '../gpu/kernels/kernel-dispatch.ts';
import {
	encodeDispatch,
	KernelPipelines,
	type ReadyDispatch,
	readyDispatches,
} from '../gpu/kernels/kernel-runner.ts';
import { linear, type LinearArguments } from '../gpu/kernels/linear.ts';
import { type LinearTile, linearTileFits, linearTileName } from '../gpu/kernels/linear-tiles.ts';
import {
	MATRIX_FEATURES,
	matrixLinear,
	matrixProbeWgsl,
	matrixScratch,
	type MatrixSyntax,
} from '../gpu/kernels/matrix-linear.ts';
import { PassClock } from '../gpu/pass-clock.ts';
import { readBack } from '../gpu/read-back.ts';
import { isSoftwareAdapter } from '../gpu/software-adapter.ts';
import { ATTENTION_SWEEP, LINEAR_SWEEP } from './kernel-sweep.ts';
import { type BlockEngineName, openBlockEngine } from '../engine/open-block-engine.ts';

/** Extents of the network whose kernels are timed; the full model's where not given. */
export interface KernelBenchOptions {
	readonly dim?: number;
	readonly heads?: number;
	readonly ffnHidden?: number;
	/** Sequence lengths: blocks are timed at each, tiles at each too. */
	readonly tokens?: readonly number[];
	readonly engines?: readonly BlockEngineName[];
	/** Square 3x3 convolutions, as the VAE has at these sizes of a 1024² picture. */
	readonly convolutions?: readonly ConvolutionExtents[];
	/** Of which the median counts. */
	readonly repeats?: number;
	readonly warmUpMilliseconds?: number;
	/** False times only what the engine would choose. */
	readonly sweep?: boolean;
	/** What to time; everything where not given. */
	readonly only?: readonly BenchPart[];
	/** After these (140 where not given), what has not been timed is left out. */
	readonly budgetSeconds?: number;
}

/** `matrix`: linear layers on subgroup matrices, where the browser has been told to expose them. */
export type BenchPart = 'linear' | 'attention' | 'conv' | 'block' | 'matrix';

export interface ConvolutionExtents {
	/** In and out. */
	readonly channels: number;
	/** Height and width in pixels. */
	readonly size: number;
}

export interface KernelTiming {
	readonly kernel: 'linear' | 'swiglu' | 'attention' | 'conv' | 'block';
	/** For example `4224x3840x10240 128x128x16+prefetch`, or `ort S=4224`. */
	readonly what: string;
	readonly milliseconds: number;
	/** Of a block: how long its caller was kept. */
	readonly submitMilliseconds?: number;
	readonly teraflops: number;
	/** How the kernel was cut; undefined where it chose itself. */
	readonly tile?: LinearTile | AttentionTile;
	/** What the choice goes by: results of a linear layer, rows of attention's heads. */
	readonly elements?: number;
	/** Against the first configuration of the same kernel; undefined for blocks. */
	readonly relativeDifference?: number;
	/** Why there is no time. */
	readonly error?: string;
}

export interface KernelBenchReport {
	readonly adapter: string;
	/** What kernels were timed by. Blocks are timed from outside: they are more than one submit. */
	readonly clock: 'gpu' | 'onSubmittedWorkDone';
	readonly unpackKeepsSubnormals: boolean;
	readonly seconds: number;
	readonly timings: readonly KernelTiming[];
	/** Configurations that the time did not suffice for. */
	readonly leftOut: number;
}

interface Candidate {
	readonly name: string;
	readonly tile?: LinearTile | AttentionTile;
	readonly dispatches: readonly KernelDispatch<GPUBuffer>[];
}

const FULL_SIZE = {
	dim: 3840,
	heads: 30,
	ffnHidden: 10240,
	tokens: [4224, 1056] as readonly number[],
	engines: ['fused', 'ort'] as readonly BlockEngineName[],
	convolutions: [
		{ channels: 512, size: 128 },
		{ channels: 512, size: 256 },
		{ channels: 256, size: 512 },
		{ channels: 128, size: 1024 },
	] as readonly ConvolutionExtents[],
	repeats: 5,
	warmUpMilliseconds: 1000,
	sweep: true,
	only: ['block', 'matrix', 'attention', 'linear', 'conv'] as readonly BenchPart[],
	budgetSeconds: 140,
};

/** A measurement shorter than this says more about submitting than about the kernel. */
const SHORTEST_MILLISECONDS = 20;
const MAX_REPETITIONS = 64;
const PATTERN_BYTES = 4 * 2 ** 20;
const COMPARED_BYTES = 64 * 1024;

const CONV_SWEEP: readonly ConvTile[] = [
	{ outChannels: 64, threadChannels: 8, width: 32, height: 8, depth: 4, prefetch: false },
	{ outChannels: 64, threadChannels: 8, width: 32, height: 8, depth: 8, prefetch: false },
	{ outChannels: 64, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: false },
	{ outChannels: 64, threadChannels: 8, width: 32, height: 4, depth: 8, prefetch: false },
	{ outChannels: 128, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: false },
	{ outChannels: 128, threadChannels: 8, width: 32, height: 8, depth: 4, prefetch: false },
	{ outChannels: 64, threadChannels: 8, width: 64, height: 4, depth: 4, prefetch: false },
	{ outChannels: 32, threadChannels: 8, width: 32, height: 8, depth: 4, prefetch: false },
	{ outChannels: 64, threadChannels: 4, width: 32, height: 4, depth: 4, prefetch: false },
	{ outChannels: 64, threadChannels: 8, width: 32, height: 8, depth: 4, prefetch: true },
	{ outChannels: 64, threadChannels: 8, width: 32, height: 8, depth: 2, prefetch: true },
	{ outChannels: 64, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: true },
	{ outChannels: 128, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: true },
];

/** Times kernels and whole blocks on this adapter, with made-up numbers. */
export async function benchKernels(
	options: KernelBenchOptions = {},
	onTiming: (timing: KernelTiming) => void = () => undefined,
): Promise<KernelBenchReport> {
	const started = performance.now();
	const settings = { ...FULL_SIZE, ...options };
	const deadline = started + settings.budgetSeconds * 1000;
	using bench = await KernelTimer.open(settings, deadline, onTiming);
	await bench.warmUp();
	const { tokens, only, engines, convolutions } = settings;
	for (const part of only) {
		if (part === 'block') for (const engine of engines) await bench.timeBlocks(engine);
		if (part === 'matrix') {
			using matrixBench = await KernelTimer.open(settings, deadline, onTiming, MATRIX_FEATURES);
			await matrixBench.timeMatrixLinears();
			bench.timings.push(...matrixBench.timings);
		}
		if (part === 'linear') for (const count of tokens) await bench.timeLinears(count);
		if (part === 'attention') for (const count of tokens) await bench.timeAttention(count);
		if (part === 'conv') for (const extents of convolutions) await bench.timeConvolution(extents);
	}
	const { vendor, architecture, description } = bench.context.adapterInfo;
	return {
		adapter: `${vendor} ${architecture} ${description}`.trim(),
		clock: bench.clock,
		unpackKeepsSubnormals: bench.target.unpackKeepsSubnormals,
		seconds: (performance.now() - started) / 1000,
		timings: bench.timings,
		leftOut: bench.leftOut,
	};
}

class KernelTimer implements Disposable {
	readonly context: GpuContext;
	readonly settings: typeof FULL_SIZE;
	readonly target: KernelTarget;
	readonly timings: KernelTiming[] = [];
	leftOut = 0;
	readonly #deadline: number;
	readonly #pipelines: KernelPipelines;
	/** Undefined where the adapter has none: then kernels are timed from outside. */
	readonly #clock: PassClock | undefined;
	readonly #onTiming: (timing: KernelTiming) => void;
	readonly #weights: GPUBuffer;
	readonly #baselines = new Map<string, Float32Array>();

	private constructor(
		context: GpuContext,
		settings: typeof FULL_SIZE,
		target: KernelTarget,
		deadline: number,
		onTiming: (timing: KernelTiming) => void,
	) {
		this.context = context;
		this.settings = settings;
		this.#deadline = deadline;
		this.target = target;
		this.#pipelines = new KernelPipelines(context);
		this.#clock = PassClock.of(context);
		this.#onTiming = onTiming;
		this.#weights = this.#filled(shardLayout(this.#block()).byteLength, randomHalves());
	}

	static async open(
		settings: typeof FULL_SIZE,
		deadline: number,
		onTiming: (timing: KernelTiming) => void,
		features: readonly string[] = [],
	): Promise<KernelTimer> {
		const context = await GpuContext.open([PassClock.feature, ...features]);
		const target: KernelTarget = {
			limits: context.device.limits,
			unpackKeepsSubnormals: await unpackKeepsSubnormals(context),
			compilesSlowly: isSoftwareAdapter(context.adapterInfo),
			maxDispatchFlops: Infinity,
		};
		return new KernelTimer(context, settings, target, deadline, onTiming);
	}

	get clock(): KernelBenchReport['clock'] {
		return this.#clock === undefined ? 'onSubmittedWorkDone' : 'gpu';
	}

	/** An idle GPU clocks down. */
	async warmUp(): Promise<void> {
		const { dim, warmUpMilliseconds } = this.settings;
		const tokens = Math.min(...this.settings.tokens);
		const x = this.#activation(tokens * dim);
		const output = this.#activation(tokens * dim);
		const dispatches = this.#linear(x, output, tokens, dim, dim, 1, undefined);
		const ready = await readyDispatches(this.context, this.#pipelines, dispatches);
		const until = performance.now() + warmUpMilliseconds;
		while (performance.now() < until) await this.#submit(ready, 4);
		x.destroy();
		output.destroy();
	}

	async timeLinears(tokens: number): Promise<void> {
		const { dim, ffnHidden, sweep } = this.settings;
		const tiles = sweep ? [undefined, ...LINEAR_SWEEP] : [undefined];
		const shapes = [
			[dim, ffnHidden, 1],
			[dim, ffnHidden, 2],
			[dim, dim, 1],
			[ffnHidden, dim, 1],
		] as const;
		for (const [depth, columns, weights] of shapes) {
			const x = this.#activation(tokens * depth);
			const output = this.#activation(tokens * columns);
			const kernel = weights === 2 ? 'swiglu' : 'linear';
			const candidates = tiles
				.filter((tile) => tile === undefined || linearTileFits(tile, this.target))
				.map((tile) => ({
					name: tile === undefined ? 'chosen' : linearTileName(tile),
					...(tile === undefined ? {} : { tile }),
					dispatches: this.#linear(x, output, tokens, depth, columns, weights, tile),
				}));
			const elements = tokens * columns;
			const shape = `${tokens}x${depth}x${columns}`;
			await this.#timeAll(kernel, shape, candidates, output, elements);
			x.destroy();
			output.destroy();
		}
	}

	/** Beside the same layers in f32 arithmetic, which they are compared with. */
	async timeMatrixLinears(): Promise<void> {
		const { dim, ffnHidden } = this.settings;
		const missing = MATRIX_FEATURES.filter((name) => !this.context.device.features.has(name));
		if (missing.length > 0) {
			const error = `the device lacks ${missing.join(', ')}`;
			this.#report({ kernel: 'linear', what: 'matrix', milliseconds: 0, teraflops: 0, error });
			return;
		}
		const syntax = await this.#matrixSyntax();
		for (const tokens of this.settings.tokens) {
			for (const [depth, columns, weights] of [
				[dim, ffnHidden, 1],
				[dim, ffnHidden, 2],
				[dim, dim, 1],
				[ffnHidden, dim, 1],
			] as const) {
				const [x, scaled, scales, output] = [
					tokens * depth,
					matrixScratch(tokens, depth, 2) / 4,
					tokens,
					tokens * columns,
				].map((elements) => this.#activation(elements));
				const layer = this.#layer(x, output, tokens, depth, columns, weights);
				const candidates = [
					{ name: 'chosen', dispatches: linear(layer, this.target) },
					...([2, 1] as const).map((terms) => ({
						name: `matrix ${terms} terms`,
						dispatches: matrixLinear({ ...layer, scaled, scales, terms, syntax }, this.target),
					})),
				];
				const kernel = weights === 2 ? 'swiglu' : 'linear';
				await this.#timeAll(kernel, `${tokens}x${depth}x${columns}`, candidates, output);
				for (const buffer of [x, scaled, scales, output]) buffer.destroy();
			}
		}
	}

	/** Which of the two spellings this browser's compiler knows. */
	async #matrixSyntax(): Promise<MatrixSyntax> {
		const code = matrixProbeWgsl('template');
		this.context.device.pushErrorScope('validation');
		const module = this.context.device.createShaderModule({ code });
		await this.context.device.popErrorScope();
		const { messages } = await module.getCompilationInfo();
		return messages.some(({ type }) => type === 'error') ? 'argument' : 'template';
	}

	async timeAttention(tokens: number): Promise<void> {
		const { dim, heads, sweep } = this.settings;
		const [q, k, v, output] = [0, 1, 2, 3].map(() => this.#activation(tokens * dim));
		const headDim = dim / heads;
		const candidates = (sweep ? [undefined, ...ATTENTION_SWEEP] : [undefined])
			.filter((tile) => tile === undefined || attentionTileFits(tile, headDim, this.target))
			.map((tile) => ({
				name: tile === undefined ? 'chosen' : attentionTileName(tile),
				...(tile === undefined ? {} : { tile }),
				dispatches: attention(
					{
						label: 'attention',
						q,
						k,
						v,
						output,
						queries: tokens,
						keys: tokens,
						heads,
						keyValueHeads: heads,
						headDim,
						scale: 1 / Math.sqrt(headDim),
						...(tile === undefined ? {} : { tile }),
					},
					this.target,
				),
			}));
		await this.#timeAll('attention', `S=${tokens}`, candidates, output, tokens * heads);
		for (const buffer of [q, k, v, output]) buffer.destroy();
	}

	/** SiLU of the scaled and shifted input, convolved. */
	async timeConvolution({ channels, size }: ConvolutionExtents): Promise<void> {
		const [x, output, affine] = [channels * size ** 2, channels * size ** 2, 2 * channels].map(
			(elements) => this.#activation(elements),
		);
		for (const tile of this.settings.sweep ? [undefined, ...CONV_SWEEP] : [undefined]) {
			if (tile !== undefined && !this.#fits(convStorageBytes(tile, 3), convThreads(tile))) continue;
			const dispatches = conv(
				{
					label: 'conv',
					x: wholeImage(x, size),
					affine,
					weight: { ref: this.#weights, byteOffset: 0, byteLength: 2 * 9 * channels ** 2 },
					output: wholeImage(output, size),
					inChannels: channels,
					outChannels: channels,
					height: size,
					width: size,
					kernel: 3,
					upscale: 1,
					expression: SUM,
					operands: [],
					...(tile === undefined ? {} : { tile }),
				},
				this.target,
			);
			const name = tile === undefined ? 'chosen' : convTileName(tile);
			await this.#timeCandidate('conv', `${channels}, ${size}²`, { name, dispatches }, output);
		}
		for (const buffer of [x, output, affine]) buffer.destroy();
	}

	async timeBlocks(engineName: BlockEngineName): Promise<void> {
		const engine = await openBlockEngine(engineName, this.context);
		// The shortest first: what does not fit the device may end it.
		for (const tokens of [...this.settings.tokens].sort((a, b) => a - b)) {
			const what = `${engineName} S=${tokens}`;
			try {
				await this.#timeBlock(engine, what, tokens);
			} catch (error) {
				this.#report({
					kernel: 'block',
					what,
					milliseconds: 0,
					teraflops: 0,
					error: String(error),
				});
			}
		}
	}

	[Symbol.dispose](): void {
		this.#clock?.[Symbol.dispose]();
		this.context[Symbol.dispose]();
	}

	async #timeBlock(engine: BlockEngine, what: string, tokens: number): Promise<void> {
		const { dim, heads, ffnHidden } = this.settings;
		const block = this.#block();
		const maxBindingBytes = this.target.limits.maxStorageBufferBindingSize;
		const transformer = this.#transformer();
		const graph = await engine.load(
			transformer.graph(block.kind, { maxBindingBytes, taps: false }),
		);
		const tensor = (shape: readonly number[]): GpuTensor => ({
			buffer: this.#activation(shape.reduce((product, each) => product * each, 1)),
			shape,
		});
		const halfHead = [tokens, dim / heads / 2];
		const inputs = {
			x: tensor([tokens, dim]),
			c: tensor([1, transformer.config.adaLnFeatures]),
			cos: tensor(halfHead),
			sin: tensor(halfHead),
		};
		const outputs = { y: tensor([tokens, dim]) };
		const weights = {
			buffer: this.#weights,
			tensors: new Map(shardLayout(block).tensors.map((each) => [each.name, each])),
		};
		try {
			const submits: number[] = [];
			const runs = async (count: number): Promise<number> => {
				await this.context.idle();
				const from = performance.now();
				for (let i = 0; i < count; i++) await graph.run(weights, inputs, outputs);
				submits.push((performance.now() - from) / count);
				await this.context.idle();
				return (performance.now() - from) / count;
			};
			// Twice: the engine's measured speed may change how it splits its work.
			await runs(1);
			const once = await runs(1);
			const milliseconds = await this.#median(() => runs(repetitions(once)));
			const flopsPerToken = 2 * (4 * dim ** 2 + 3 * dim * ffnHidden) + 4 * tokens * dim;
			const teraflops = (tokens * flopsPerToken) / milliseconds / 1e9;
			const submitMilliseconds = median(submits.slice(-this.settings.repeats));
			this.#report({ kernel: 'block', what, milliseconds, submitMilliseconds, teraflops });
		} finally {
			await graph.dispose();
			for (const { buffer } of [...Object.values(inputs), outputs.y]) buffer.destroy();
		}
	}

	async #timeAll(
		kernel: KernelTiming['kernel'],
		shape: string,
		candidates: readonly Candidate[],
		output: GPUBuffer,
		elements?: number,
	): Promise<void> {
		// The browser compiles the next while the first are timed.
		for (const { label, wgsl } of candidates.flatMap(({ dispatches }) => dispatches)) {
			this.#pipelines.get(label, wgsl).catch(() => undefined);
		}
		for (const candidate of candidates) {
			await this.#timeCandidate(kernel, shape, candidate, output, elements);
		}
	}

	async #timeCandidate(
		kernel: KernelTiming['kernel'],
		shape: string,
		{ name, tile, dispatches }: Candidate,
		output: GPUBuffer,
		elements?: number,
	): Promise<void> {
		if (performance.now() > this.#deadline) {
			this.leftOut++;
			return;
		}
		const what = `${shape} ${name}`;
		try {
			const ready = await readyDispatches(this.context, this.#pipelines, dispatches);
			this.#clear(output);
			await this.#submit(ready, 1);
			const once = await this.#submit(ready, 1);
			const milliseconds = await this.#median(() => this.#submit(ready, repetitions(once)));
			const flops = dispatches.reduce((sum, dispatch) => sum + dispatch.flops, 0);
			const values = await this.#sample(output);
			const baseline = this.#baselines.get(kernel + shape) ?? values;
			this.#baselines.set(kernel + shape, baseline);
			this.#report({
				kernel,
				what,
				...(tile === undefined ? {} : { tile }),
				...(elements === undefined ? {} : { elements }),
				milliseconds,
				teraflops: flops / milliseconds / 1e9,
				relativeDifference: relativeDifference(values, baseline),
			});
			ready[0]?.uniforms.destroy();
		} catch (error) {
			this.#report({ kernel, what, milliseconds: 0, teraflops: 0, error: String(error) });
		}
	}

	/** What a kernel does not write must not look as if it had. */
	#clear(buffer: GPUBuffer): void {
		const { device } = this.context;
		const encoder = device.createCommandEncoder();
		encoder.clearBuffer(buffer);
		device.queue.submit([encoder.finish()]);
	}

	/** Elements of the beginning, the middle and the end. */
	async #sample(output: GPUBuffer): Promise<Float32Array> {
		const bytes = Math.min(output.size, COMPARED_BYTES);
		const last = output.size - bytes;
		const sample = new Float32Array((3 * bytes) / 4);
		for (const [index, offset] of [0, Math.floor(last / 8) * 4, last].entries()) {
			const piece = await readBack(this.context, output, bytes, offset);
			sample.set(new Float32Array(piece), (index * bytes) / 4);
		}
		return sample;
	}

	/** Milliseconds for one run of the dispatches, of several in one submit. */
	async #submit(ready: readonly ReadyDispatch<GPUBuffer>[], count: number): Promise<number> {
		const { device } = this.context;
		const encoder = device.createCommandEncoder();
		const clock = this.#clock;
		const pass = encoder.beginComputePass(
			clock === undefined ? {} : { timestampWrites: clock.timestampWrites },
		);
		for (let i = 0; i < count; i++) {
			for (const each of ready) {
				encodeDispatch(device, pass, each, (buffer) => ({ buffer, byteOffset: 0 }));
			}
		}
		pass.end();
		clock?.resolve(encoder);
		const from = performance.now();
		device.queue.submit([encoder.finish()]);
		await this.context.idle();
		const outside = performance.now() - from;
		// A clock that stands still is none: some adapters claim to have one.
		const inside = (await clock?.milliseconds()) ?? 0;
		return (inside > 0 ? inside : outside) / count;
	}

	async #median(measure: () => Promise<number>): Promise<number> {
		const times: number[] = [];
		for (let i = 0; i < this.settings.repeats; i++) times.push(await measure());
		return median(times);
	}

	#linear(
		x: GPUBuffer,
		output: GPUBuffer,
		rows: number,
		depth: number,
		columns: number,
		weightCount: 1 | 2,
		tile: LinearTile | undefined,
	): readonly KernelDispatch<GPUBuffer>[] {
		const layer = this.#layer(x, output, rows, depth, columns, weightCount);
		return linear({ ...layer, ...(tile === undefined ? {} : { tile }) }, this.target);
	}

	#layer(
		x: GPUBuffer,
		output: GPUBuffer,
		rows: number,
		depth: number,
		columns: number,
		weightCount: 1 | 2,
	): LinearArguments<GPUBuffer> {
		const byteLength = 2 * depth * columns;
		const weights = Array.from({ length: weightCount }, (_, index) => ({
			ref: this.#weights,
			byteOffset: index * Math.ceil(byteLength / 256) * 256,
			byteLength,
		}));
		const up = { type: 'sum', index: 1 } as const;
		const gate = { type: 'silu', of: SUM } as const;
		const expression =
			weightCount === 2 ? ({ type: 'multiply', left: gate, right: up } as const) : SUM;
		return { label: 'linear', x, weights, output, rows, depth, columns, expression, operands: [] };
	}

	#fits(storageBytes: number, threads: number): boolean {
		const { limits } = this.target;
		return (
			storageBytes <= limits.maxComputeWorkgroupStorageSize &&
			threads <= limits.maxComputeInvocationsPerWorkgroup
		);
	}

	#transformer(): ZImageTransformer {
		const { dim, heads } = this.settings;
		return new ZImageTransformer(
			parseZImageConfig({
				dim,
				n_heads: heads,
				n_layers: 1,
				n_refiner_layers: 1,
				cap_feat_dim: 64,
			}),
		);
	}

	#block(): Block {
		const block = this.#transformer().stepBlocks.find(({ id }) => id === 'layers.0');
		if (block === undefined) throw new RangeError('The transformer has no layers.0');
		return block;
	}

	#activation(elements: number): GPUBuffer {
		const values = new Float32Array(PATTERN_BYTES / 4);
		for (let i = 0; i < values.length; i++) values[i] = 2 * Math.random() - 1;
		return this.#filled(elements * 4, new Uint8Array(values.buffer));
	}

	#filled(byteLength: number, pattern: Uint8Array<ArrayBuffer>): GPUBuffer {
		const size = Math.ceil(byteLength / 256) * 256;
		const buffer = this.context.createBuffer('activations', {
			label: 'bench',
			size,
			usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
		});
		for (let offset = 0; offset < size; offset += pattern.byteLength) {
			const bytes = Math.min(pattern.byteLength, size - offset);
			this.context.device.queue.writeBuffer(buffer, offset, pattern, 0, bytes);
		}
		return buffer;
	}

	#report(timing: KernelTiming): void {
		this.timings.push(timing);
		this.#onTiming(timing);
	}
}

function convTileName(tile: ConvTile): string {
	const { outChannels, threadChannels, width, height, depth, prefetch } = tile;
	return `${outChannels}/${threadChannels}, ${width}x${height}x${depth}${prefetch ? '+prefetch' : ''}`;
}

function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** How many runs make one measurement. */
function repetitions(millisecondsOfOne: number): number {
	const wanted = Math.ceil(SHORTEST_MILLISECONDS / Math.max(millisecondsOfOne, 0.01));
	return Math.max(1, Math.min(MAX_REPETITIONS, wanted));
}

/** FP16 weights between about -0.06 and 0.06, as bits. */
function randomHalves(): Uint8Array<ArrayBuffer> {
	const halves = new Uint16Array(PATTERN_BYTES / 2);
	for (let i = 0; i < halves.length; i++) {
		const sign = Math.random() < 0.5 ? 0x8000 : 0;
		halves[i] = sign | (0x2000 + Math.floor(Math.random() * 0x0c00));
	}
	return new Uint8Array(halves.buffer);
}

function relativeDifference(a: Float32Array, b: Float32Array): number {
	let difference = 0;
	let magnitude = 0;
	for (const [i, value] of b.entries()) {
		difference += ((a[i] ?? NaN) - value) ** 2;
		magnitude += value ** 2;
	}
	return Math.sqrt(difference / magnitude);
}
