import type { GpuContext } from '../gpu-context.ts';
import { f32ByteLength, type GpuTensor } from '../gpu-tensor.ts';
import { readBack } from '../read-back.ts';

const WORKGROUP_SIZE = 256;
const MAX_WORKGROUPS = 1024;

/**
 * flags[slot] = 1 if any value is NaN or infinite.
 *
 * Tests the exponent's bits: WGSL lets compilers assume that NaN and infinity never occur, so \`x != x\`
 * may be folded to false.
 *
 * A fixed number of invocations stride over the values.
 */
const WGSL = /* wgsl */ `
struct Job { slot: u32 }
@group(0) @binding(0) var<storage, read> values: array<u32>;
@group(0) @binding(1) var<storage, read_write> flags: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> job: Job;

@compute @workgroup_size(${WORKGROUP_SIZE})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
	var found = false;
	for (var i = id.x; i < arrayLength(&values); i += groups.x * ${WORKGROUP_SIZE}u) {
		found = found || (values[i] & 0x7f800000u) == 0x7f800000u;
	}
	if (found) { atomicStore(&flags[job.slot], 1u); }
}
`;

const UNIFORM_STRIDE_BYTES = 256;
const BINDING_ALIGNMENT_BYTES = 256;

/** Collects which of a run of blocks produced values that are not numbers; read once per step. */
export class NonFiniteCheck implements Disposable {
	readonly #context: GpuContext;
	readonly #pipeline: GPUComputePipeline;
	readonly #flags: GPUBuffer;
	readonly #jobs: GPUBuffer;
	readonly #capacity: number;
	#checked: string[] = [];

	/** @param capacity blocks between two calls of `takeOffenders` */
	constructor(context: GpuContext, capacity: number) {
		this.#context = context;
		this.#capacity = capacity;
		const { device } = context;
		this.#pipeline = device.createComputePipeline({
			label: 'non-finite-check',
			layout: 'auto',
			compute: { module: device.createShaderModule({ code: WGSL }), entryPoint: 'main' },
		});
		this.#flags = context.createBuffer('activations', {
			label: 'non-finite flags',
			size: capacity * Uint32Array.BYTES_PER_ELEMENT,
			usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
		});
		this.#jobs = context.createBuffer('activations', {
			label: 'non-finite jobs',
			size: capacity * UNIFORM_STRIDE_BYTES,
			usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
		});
	}

	/** Submits the check of one block's output. */
	submit(block: string, output: GpuTensor): void {
		const { device } = this.#context;
		const slot = this.#checked.length;
		if (slot >= this.#capacity) throw new RangeError('takeOffenders was not called for too long');
		this.#checked.push(block);
		const jobOffset = slot * UNIFORM_STRIDE_BYTES;
		device.queue.writeBuffer(this.#jobs, jobOffset, new Uint32Array([slot]));
		const encoder = device.createCommandEncoder({ label: 'non-finite-check' });
		const pass = encoder.beginComputePass({ label: 'non-finite-check' });
		pass.setPipeline(this.#pipeline);
		const job = { buffer: this.#jobs, offset: jobOffset, size: Uint32Array.BYTES_PER_ELEMENT };
		for (const values of bindings(output, device.limits.maxStorageBufferBindingSize)) {
			const layout = this.#pipeline.getBindGroupLayout(0);
			const entries = [
				{ binding: 0, resource: values },
				{ binding: 1, resource: { buffer: this.#flags } },
				{ binding: 2, resource: job },
			];
			pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
			const groups = Math.ceil(values.size / Uint32Array.BYTES_PER_ELEMENT / WORKGROUP_SIZE);
			pass.dispatchWorkgroups(Math.min(MAX_WORKGROUPS, groups));
		}
		pass.end();
		device.queue.submit([encoder.finish()]);
	}

	/** Names of the blocks, since the last call, whose output held NaN or infinity, in the order they ran. */
	async takeOffenders(): Promise<readonly string[]> {
		const checked = this.#checked;
		if (checked.length === 0) return [];
		this.#checked = [];
		const byteLength = checked.length * Uint32Array.BYTES_PER_ELEMENT;
		const flags = new Uint32Array(await readBack(this.#context, this.#flags, byteLength));
		const encoder = this.#context.device.createCommandEncoder();
		encoder.clearBuffer(this.#flags);
		this.#context.device.queue.submit([encoder.finish()]);
		return checked.filter((_, slot) => flags[slot] !== 0);
	}

	[Symbol.dispose](): void {
		this.#flags.destroy();
		this.#jobs.destroy();
	}
}

/** All of a tensor, in ranges that a device binds: a picture of 2048² has values of 2 GiB. */
function bindings(
	{ buffer, shape }: GpuTensor,
	maxBindingBytes: number,
): readonly (GPUBufferBinding & { readonly size: number })[] {
	const bytes = f32ByteLength(shape);
	const most = Math.floor(maxBindingBytes / BINDING_ALIGNMENT_BYTES) * BINDING_ALIGNMENT_BYTES;
	return Array.from({ length: Math.ceil(bytes / most) }, (_, index) => ({
		buffer,
		offset: index * most,
		size: Math.min(most, bytes - index * most),
	}));
}
