import { selfTest } from '../../src/gpu/fused/self-test/self-test.ts';
import { unpackKeepsSubnormals } from '../../src/gpu/fused/probe/unpack-probe.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import type {
	KernelDispatch,
	KernelTarget,
} from '../../src/gpu/kernels/dispatch/kernel-dispatch.ts';
import {
	encodeDispatch,
	type ReadyDispatch,
	readyDispatches,
} from '../../src/gpu/kernels/dispatch/ready-dispatch.ts';
import { KernelPipelines } from '../../src/gpu/kernels/dispatch/kernel-pipelines.ts';
import { PassClock } from './pass-clock.ts';
import type { WantedFeature } from '../../src/gpu/request-device.ts';
import { readBack } from '../../src/gpu/read-back.ts';
import { isSoftwareAdapter } from '../../src/gpu/software-adapter.ts';
import type { KernelBenchReport, KernelTiling, KernelTiming } from './kernel-bench-report.ts';
import { madeUpActivation, madeUpWeights } from './made-up-buffer.ts';
import { medianOfRuns } from './median-of-runs.ts';

export interface KernelTimerOptions {
	/** Size of the buffer that all kernels read their weights from. */
	readonly weightBytes: number;
	/** Of which the median counts. */
	readonly repeats: number;
	/** Before each kernel: an idle GPU clocks down. */
	readonly warmUpMilliseconds: number;
	/** What has not been timed by then is left out; compared with `performance.now()`. */
	readonly deadline: number;
	readonly onTiming: (timing: KernelTiming) => void;
	/** Asked of the device where the adapter has them. */
	readonly features?: readonly WantedFeature[];
}

/** One way to compute what the others compute too. */
export interface Candidate {
	readonly name: string;
	readonly tile?: KernelTiling;
	readonly dispatches: readonly KernelDispatch<GPUBuffer>[];
}

/** What candidates have in common. */
export interface TimedKernel extends Pick<KernelTiming, 'kernel' | 'elements' | 'outChannels'> {
	/** Begins the timings' `what`, before the candidate's name: `4224x3840x10240`. */
	readonly shape: string;
	readonly output: GPUBuffer;
}

const COMPARED_BYTES = 64 * 1024;

/** Times candidates for a kernel on a device of its own, and compares what they compute with the first of them. */
export class KernelTimer implements Disposable {
	readonly context: GpuContext;
	readonly target: KernelTarget;
	/** FP16, `weightBytes` of them. */
	readonly weights: GPUBuffer;
	readonly timings: KernelTiming[] = [];
	leftOut = 0;
	readonly #options: KernelTimerOptions;
	readonly #pipelines: KernelPipelines;
	/** Undefined where the adapter has none: then kernels are timed from outside. */
	readonly #clock: PassClock | undefined;

	private constructor(context: GpuContext, target: KernelTarget, options: KernelTimerOptions) {
		this.context = context;
		this.target = target;
		this.weights = madeUpWeights(context, options.weightBytes);
		this.#options = options;
		this.#pipelines = new KernelPipelines(context);
		this.#clock = PassClock.of(context);
	}

	static async open(options: KernelTimerOptions): Promise<KernelTimer> {
		const context = await GpuContext.open([PassClock.feature, ...(options.features ?? [])]);
		const target: KernelTarget = {
			limits: context.device.limits,
			unpackKeepsSubnormals: await unpackKeepsSubnormals(context),
			compilesSlowly: isSoftwareAdapter(context.adapterInfo),
			maxDispatchFlops: Infinity,
		};
		return new KernelTimer(context, target, options);
	}

	get clock(): KernelBenchReport['clock'] {
		return this.#clock === undefined ? 'onSubmittedWorkDone' : 'gpu';
	}

	/** f32 values, for the caller to destroy. */
	activation(elements: number): GPUBuffer {
		return madeUpActivation(this.context, elements);
	}

	/** Keeps an idle GPU busy for so long: it clocks down. */
	async warmUp(
		dispatches: readonly KernelDispatch<GPUBuffer>[],
		milliseconds: number,
	): Promise<void> {
		const ready = await readyDispatches(this.context, this.#pipelines, dispatches);
		const until = performance.now() + milliseconds;
		while (performance.now() < until) await this.#submit(ready, 4);
	}

	/** Reports each candidate's time, and how far its output is from the first one's that ran. */
	async timeAll(kernel: TimedKernel, candidates: readonly Candidate[]): Promise<void> {
		// All before the first is timed: a GPU that waits for the compiler clocks down to a quarter of its speed.
		const all = candidates.flatMap(({ dispatches }) => dispatches);
		await Promise.allSettled(all.map(({ label, wgsl }) => this.#pipelines.get(label, wgsl)));
		const [first] = candidates;
		// What fails is reported when it is timed.
		await this.warmUp(first?.dispatches ?? [], this.#options.warmUpMilliseconds).catch(
			() => undefined,
		);
		let baseline: Float32Array | undefined;
		for (const candidate of candidates) {
			if (performance.now() > this.#options.deadline) {
				this.leftOut++;
				continue;
			}
			baseline = (await this.#time(kernel, candidate, baseline)) ?? baseline;
		}
	}

	/** What opening the engine spends on its self-test, when all kernels were compiled before. */
	async timeSelfTest(): Promise<number> {
		await selfTest(this.context, this.#pipelines, this.target);
		const from = performance.now();
		await selfTest(this.context, this.#pipelines, this.target);
		return performance.now() - from;
	}

	report(timing: KernelTiming): void {
		this.timings.push(timing);
		this.#options.onTiming(timing);
	}

	[Symbol.dispose](): void {
		this.#clock?.[Symbol.dispose]();
		this.context[Symbol.dispose]();
	}

	/** @returns what later candidates are compared with; undefined if this one failed */
	async #time(
		{ kernel, shape, output, elements, outChannels }: TimedKernel,
		{ name, tile, dispatches }: Candidate,
		earlierBaseline: Float32Array | undefined,
	): Promise<Float32Array | undefined> {
		const what = `${shape} ${name}`;
		try {
			const ready = await readyDispatches(this.context, this.#pipelines, dispatches);
			this.#clear(output);
			await this.#submit(ready, 1);
			const milliseconds = await medianOfRuns(this.#options.repeats, (count) =>
				this.#submit(ready, count),
			);
			const flops = dispatches.reduce((sum, dispatch) => sum + dispatch.flops, 0);
			const values = await this.#sample(output);
			const baseline = earlierBaseline ?? values;
			this.report({
				kernel,
				what,
				...(tile === undefined ? {} : { tile }),
				...(elements === undefined ? {} : { elements }),
				...(outChannels === undefined ? {} : { outChannels }),
				milliseconds,
				teraflops: flops / milliseconds / 1e9,
				relativeDifference: relativeDifference(values, baseline),
			});
			ready[0]?.uniforms.destroy();
			return baseline;
		} catch (error) {
			this.report({ kernel, what, milliseconds: 0, teraflops: 0, error: String(error) });
			return undefined;
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
