import type { GpuContext } from '../../gpu-context.ts';
import { isSoftwareAdapter } from '../../software-adapter.ts';
import { CompileQueue, CompileTimeout } from './compile-queue.ts';
import { KernelCompileError } from './kernel-compile-error.ts';

/** A driver that takes longer may never come back; one that does is not worth the wait. */
const COMPILE_LIMIT_MILLISECONDS = 20_000;

/** How long a kernel took to compile. */
export interface CompileTime {
	readonly label: string;
	readonly milliseconds: number;
	readonly failed: boolean;
}

/** Compiles kernels, each once, a few at a time. */
export class KernelPipelines {
	readonly #context: GpuContext;
	readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();

	readonly #queue: CompileQueue;
	readonly #times: CompileTime[] = [];

	constructor(
		context: GpuContext,
		queue = new CompileQueue({
			limitMilliseconds: isSoftwareAdapter(context.adapterInfo)
				? Infinity
				: COMPILE_LIMIT_MILLISECONDS,
		}),
	) {
		this.#context = context;
		this.#queue = queue;
	}

	/** In the order in which they ended. */
	get times(): readonly CompileTime[] {
		return this.#times;
	}

	get slowestMilliseconds(): number {
		return this.#queue.slowestMilliseconds;
	}

	/** @throws KernelCompileError */
	get(label: string, wgsl: string): Promise<GPUComputePipeline> {
		const known = this.#pipelines.get(wgsl);
		if (known !== undefined) return known;
		const pipeline = this.#context
			.orLost(this.#queue.run(() => this.#timed(label, wgsl)))
			.catch((error: unknown) => {
				throw error instanceof CompileTimeout
					? new KernelCompileError(label, error.message, { cause: error })
					: error;
			});
		pipeline.catch(() => this.#pipelines.delete(wgsl));
		this.#pipelines.set(wgsl, pipeline);
		return pipeline;
	}

	async #timed(label: string, wgsl: string): Promise<GPUComputePipeline> {
		const started = performance.now();
		let failed = true;
		try {
			const pipeline = await this.#compile(label, wgsl);
			failed = false;
			return pipeline;
		} finally {
			this.#times.push({ label, milliseconds: performance.now() - started, failed });
		}
	}

	/** In an error scope of its own: a kernel that does not compile leaves the device usable. */
	async #compile(label: string, wgsl: string): Promise<GPUComputePipeline> {
		const { device } = this.#context;
		device.pushErrorScope('validation');
		const module = device.createShaderModule({ label, code: wgsl });
		const error = await device.popErrorScope();
		if (error !== null) throw new KernelCompileError(label, error.message);
		try {
			return await device.createComputePipelineAsync({
				label,
				layout: 'auto',
				compute: { module, entryPoint: 'main' },
			});
		} catch (cause) {
			throw new KernelCompileError(label, String(cause), { cause });
		}
	}
}
