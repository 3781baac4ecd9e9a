import type { GpuContext } from '../gpu-context.ts';
import { KernelCompileError } from './kernel-compile-error.ts';
import type { KernelDispatch } from './kernel-dispatch.ts';

const UNIFORM_STRIDE_BYTES = 256;

/** Compiles kernels, each once, and runs single dispatches; programs of many bring their own uniforms. */
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

/** A dispatch with its pipeline and its uniform. */
export interface ReadyDispatch<Ref> {
	readonly dispatch: KernelDispatch<Ref>;
	readonly pipeline: GPUComputePipeline;
	readonly uniforms: GPUBuffer;
	readonly uniformOffset: number;
}

/** Compiles what is missing and writes all jobs into one new uniform buffer. */
export async function readyDispatches<Ref>(
	context: GpuContext,
	pipelines: KernelPipelines,
	dispatches: readonly KernelDispatch<Ref>[],
): Promise<readonly ReadyDispatch<Ref>[]> {
	const compiled = await Promise.all(
		dispatches.map(({ label, wgsl }) => pipelines.get(label, wgsl)),
	);
	const uniforms = context.createBuffer('activations', {
		label: 'kernel jobs',
		size: Math.max(1, dispatches.length) * UNIFORM_STRIDE_BYTES,
		usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
	});
	const jobs = new Uint8Array(uniforms.size);
	for (const [index, { job }] of dispatches.entries()) {
		jobs.set(new Uint8Array(job.buffer), index * UNIFORM_STRIDE_BYTES);
	}
	context.device.queue.writeBuffer(uniforms, 0, jobs);
	return dispatches.map((dispatch, index) => {
		const pipeline = compiled[index];
		if (pipeline === undefined) throw new RangeError(`${dispatch.label} was not compiled`);
		return { dispatch, pipeline, uniforms, uniformOffset: index * UNIFORM_STRIDE_BYTES };
	});
}

/** Records one dispatch. @param bufferOf finds the buffer that a reference names */
export function encodeDispatch<Ref>(
	device: GPUDevice,
	pass: GPUComputePassEncoder,
	{ dispatch, pipeline, uniforms, uniformOffset }: ReadyDispatch<Ref>,
	bufferOf: (ref: Ref) => { readonly buffer: GPUBuffer; readonly byteOffset: number },
): void {
	const job = { buffer: uniforms, offset: uniformOffset, size: dispatch.job.byteLength };
	pass.setPipeline(pipeline);
	pass.setBindGroup(
		0,
		device.createBindGroup({
			label: dispatch.label,
			layout: pipeline.getBindGroupLayout(0),
			entries: [
				{ binding: 0, resource: job },
				...dispatch.bindings.map((range, index) => {
					const { buffer, byteOffset } = bufferOf(range.ref);
					return {
						binding: index + 1,
						resource: { buffer, offset: byteOffset + range.byteOffset, size: range.byteLength },
					};
				}),
			],
		}),
	);
	pass.dispatchWorkgroups(...dispatch.workgroups);
}
