import type { GpuContext } from '../../gpu-context.ts';
import { KernelCompileError } from './kernel-compile-error.ts';

/** Compiles kernels, each once. */
export class KernelPipelines {
	readonly #context: GpuContext;
	readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();

	constructor(context: GpuContext) {
		this.#context = context;
	}

	/** @throws KernelCompileError */
	get(label: string, wgsl: string): Promise<GPUComputePipeline> {
		const known = this.#pipelines.get(wgsl);
		if (known !== undefined) return known;
		const pipeline = this.#context.orLost(this.#compile(label, wgsl));
		pipeline.catch(() => this.#pipelines.delete(wgsl));
		this.#pipelines.set(wgsl, pipeline);
		return pipeline;
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
