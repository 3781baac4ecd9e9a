import { GpuDroppedWorkError } from './errors.ts';
import type { GpuContext } from './gpu-context.ts';
import { f32ByteLength, type GpuTensor } from './gpu-tensor.ts';
import { readBack } from './read-back.ts';

const WORKGROUP_SIZE = 256;
const MAX_WORKGROUPS = 1024;

/** Bits of a block's flags. */
const RAN = 1;
const NON_FINITE = 2;

/**
 * flags[slot] says that the check ran, and if any of the values that are bound is NaN or infinite.
 *
 * Tests the exponent's bits: WGSL lets compilers assume that NaN and infinity never occur, so \`x != x\`
 * may be folded to false.
 *
 * A fixed number of invocations stride over the values.
 */
const WGSL = /* wgsl */ `
@group(0) @binding(0) var<storage, read> values: array<u32>;
@group(0) @binding(1) var<storage, read_write> flags: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> slot: u32;

@compute @workgroup_size(${WORKGROUP_SIZE})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
	var found = false;
	for (var i = id.x; i < arrayLength(&values); i += groups.x * ${WORKGROUP_SIZE}u) {
		found = found || (values[i] & 0x7f800000u) == 0x7f800000u;
	}
	if (id.x == 0u) { atomicOr(&flags[slot], ${RAN}u); }
	if (found) { atomicOr(&flags[slot], ${NON_FINITE}u); }
}
`;

const UNIFORM_STRIDE_BYTES = 256;

/** Every adapter binds as many, and the slowest GPU reads them in some 20 ms. */
const PIECE_BYTES = 2 ** 27;

/** Collects which of a run of blocks produced values that are not numbers; read once per step. */
export class NonFiniteCheck implements Disposable {
	readonly #context: GpuContext;
	readonly #pipeline: GPUComputePipeline;
	/** Made when first used, as `#jobs`: whoever checks a block hears that one could not be made. */
	#flags: GPUBuffer | undefined;
	#jobs: GPUBuffer | undefined;
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
	}

	/** Submits the check of one block's output. */
	submit(block: string, output: GpuTensor): void {
		const { device } = this.#context;
		const slot = this.#checked.length;
		if (slot >= this.#capacity) throw new RangeError('takeOffenders was not called for too long');
		const flags = (this.#flags ??= this.#createFlags());
		const jobs = (this.#jobs ??= this.#createJobs());
		this.#checked.push(block);
		const jobOffset = slot * UNIFORM_STRIDE_BYTES;
		device.queue.writeBuffer(jobs, jobOffset, new Uint32Array([slot]));
		const job = { buffer: jobs, offset: jobOffset, size: Uint32Array.BYTES_PER_ELEMENT };
		const bytes = f32ByteLength(output.shape);
		for (let offset = 0; offset < bytes; offset += PIECE_BYTES) {
			const size = Math.min(PIECE_BYTES, bytes - offset);
			const encoder = device.createCommandEncoder({ label: 'non-finite-check' });
			const pass = encoder.beginComputePass({ label: 'non-finite-check' });
			pass.setPipeline(this.#pipeline);
			pass.setBindGroup(
				0,
				device.createBindGroup({
					layout: this.#pipeline.getBindGroupLayout(0),
					entries: [
						{ binding: 0, resource: { buffer: output.buffer, offset, size } },
						{ binding: 1, resource: { buffer: flags } },
						{ binding: 2, resource: job },
					],
				}),
			);
			const workgroups = Math.ceil(size / Float32Array.BYTES_PER_ELEMENT / WORKGROUP_SIZE);
			pass.dispatchWorkgroups(Math.min(MAX_WORKGROUPS, workgroups));
			this.#context.submit(encoder, pass);
		}
	}

	/**
	 * Names of the blocks, since the last call, whose output held NaN or infinity, in the order they ran.
	 *
	 * @throws GpuDroppedWorkError if work did not run
	 */
	async takeOffenders(): Promise<readonly string[]> {
		const checked = this.#checked;
		const buffer = this.#flags;
		if (buffer === undefined || checked.length === 0) return [];
		this.#checked = [];
		const byteLength = checked.length * Uint32Array.BYTES_PER_ELEMENT;
		const flags = new Uint32Array(await readBack(this.#context, buffer, byteLength));
		const encoder = this.#context.device.createCommandEncoder();
		encoder.clearBuffer(buffer);
		this.#context.submit(encoder);
		if (checked.some((_, slot) => (flags[slot] ?? 0) === 0)) throw new GpuDroppedWorkError();
		return checked.filter((_, slot) => ((flags[slot] ?? 0) & NON_FINITE) !== 0);
	}

	[Symbol.dispose](): void {
		this.#flags?.destroy();
		this.#jobs?.destroy();
	}

	#createFlags(): GPUBuffer {
		return this.#context.createBuffer('activations', {
			label: 'non-finite flags',
			size: this.#capacity * Uint32Array.BYTES_PER_ELEMENT,
			usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
		});
	}

	#createJobs(): GPUBuffer {
		return this.#context.createBuffer('activations', {
			label: 'non-finite jobs',
			size: this.#capacity * UNIFORM_STRIDE_BYTES,
			usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
		});
	}
}
