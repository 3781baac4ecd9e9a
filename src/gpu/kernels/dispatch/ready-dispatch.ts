import type { GpuContext } from '../../gpu-context.ts';
import { KernelCompileError } from './kernel-compile-error.ts';
import type { KernelDispatch } from './kernel-dispatch.ts';
import type { KernelPipelines } from './kernel-pipelines.ts';

const UNIFORM_STRIDE_BYTES = 256;

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
		dispatches.map(({ label, wgsl, tile }) =>
			pipelines.get(label, wgsl).catch((error: unknown) => {
				if (!(error instanceof KernelCompileError) || tile === undefined) throw error;
				throw new KernelCompileError(label, error.detail, { cause: error, tile });
			}),
		),
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
