import type { GpuContext } from '../../src/gpu/gpu-context.ts';

/** Which made-up numbers, by the formulas that the golden files' weights follow. */
export interface SyntheticTensor {
	/** FNV-1a of `seed:name`. */
	readonly id: number;
	/** `uniform`: 127 odd levels around zero, times 2^exponent. `norm`: around 1. */
	readonly kind: 'uniform' | 'norm';
	readonly exponent: number;
	/** Rows and columns as the checkpoint has them: the formula counts elements in that order. */
	readonly sourceRows: number;
	readonly sourceColumns: number;
	/** True if the tensor is stored with columns as rows. */
	readonly transposed: boolean;
}

const THREADS = 256;
const FP16_BYTES = 2;
const MAX_WORKGROUPS = 65535;

/** Bytes that one dispatch can make. */
export const SYNTHETIC_PIECE_BYTES = 32 * 2 ** 20;

/** Each thread makes two neighbouring elements of the stored tensor. */
const WGSL = /* wgsl */ `
struct Job { firstElement: u32, elements: u32, id: u32, isNorm: u32, transposed: u32, rows: u32, columns: u32, scale: f32 }
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read_write> halves: array<u32>;

fn fmix32(value: u32) -> u32 {
	var x = value;
	x ^= x >> 16u;
	x *= 0x85ebca6bu;
	x ^= x >> 13u;
	x *= 0xc2b2ae35u;
	return x ^ (x >> 16u);
}

fn valueAt(stored: u32) -> f32 {
	let source = select(stored, (stored % job.rows) * job.columns + stored / job.rows, job.transposed == 1u);
	let hash = fmix32(fmix32(source + 0x9e3779b9u) ^ job.id);
	if (job.isNorm == 1u) { return 1.0 + f32(i32(hash >> 26u) - 32) / 128.0; }
	return f32(2 * i32(hash >> 25u) - 127) * job.scale;
}

@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3u) {
	let element = id.x * 2u;
	if (element >= job.elements) { return; }
	let stored = job.firstElement + element;
	halves[id.x] = pack2x16float(vec2f(valueAt(stored), valueAt(stored + 1u)));
}
`;

/** Makes FP16 weights of any size on the GPU: 20 GB of them in seconds, the same on every machine. */
export class SyntheticWeights implements Disposable {
	readonly #context: GpuContext;
	readonly #pipeline: GPUComputePipeline;
	readonly #job: GPUBuffer;
	readonly #made: GPUBuffer;
	readonly #readable: GPUBuffer;

	constructor(context: GpuContext) {
		this.#context = context;
		const { device } = context;
		this.#pipeline = device.createComputePipeline({
			label: 'synthetic-weights',
			layout: 'auto',
			compute: { module: device.createShaderModule({ code: WGSL }), entryPoint: 'main' },
		});
		this.#job = context.createBuffer('staging', {
			label: 'synthetic job',
			size: 8 * Uint32Array.BYTES_PER_ELEMENT,
			usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
		});
		this.#made = context.createBuffer('staging', {
			label: 'synthetic weights',
			size: SYNTHETIC_PIECE_BYTES,
			usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC,
		});
		this.#readable = context.createBuffer('staging', {
			label: 'synthetic read-back',
			size: SYNTHETIC_PIECE_BYTES,
			usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
		});
	}

	/**
	 * Elements of a stored tensor, as FP16.
	 *
	 * @param elements at most `SYNTHETIC_PIECE_BYTES` / 2
	 * @param use is given the bytes, valid until it resolves
	 */
	async make(
		tensor: SyntheticTensor,
		firstElement: number,
		elements: number,
		use: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
	): Promise<void> {
		const { device } = this.#context;
		const job = new ArrayBuffer(8 * Uint32Array.BYTES_PER_ELEMENT);
		const { id, kind, exponent, sourceRows, sourceColumns, transposed } = tensor;
		const isNorm = kind === 'norm' ? 1 : 0;
		const shape = [transposed ? 1 : 0, sourceRows, sourceColumns];
		new Uint32Array(job).set([firstElement, elements, id, isNorm, ...shape]);
		new Float32Array(job)[7] = 2 ** (exponent - 7);
		device.queue.writeBuffer(this.#job, 0, job);
		const byteLength = elements * FP16_BYTES;
		const copied = Math.ceil(byteLength / 4) * 4;
		const encoder = device.createCommandEncoder({ label: 'synthetic-weights' });
		const pass = encoder.beginComputePass({ label: 'synthetic-weights' });
		pass.setPipeline(this.#pipeline);
		const entries = [
			{ binding: 0, resource: { buffer: this.#job } },
			{ binding: 1, resource: { buffer: this.#made } },
		];
		const layout = this.#pipeline.getBindGroupLayout(0);
		pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
		const workgroups = Math.ceil(elements / 2 / THREADS);
		if (workgroups > MAX_WORKGROUPS) throw new RangeError(`${elements} elements at once`);
		pass.dispatchWorkgroups(workgroups);
		pass.end();
		encoder.copyBufferToBuffer(this.#made, 0, this.#readable, 0, copied);
		device.queue.submit([encoder.finish()]);
		await this.#context.orLost(this.#readable.mapAsync(GPUMapMode.READ, 0, copied));
		try {
			await use(new Uint8Array(this.#readable.getMappedRange(0, copied), 0, byteLength));
		} finally {
			this.#readable.unmap();
		}
	}

	[Symbol.dispose](): void {
		for (const buffer of [this.#job, this.#made, this.#readable]) buffer.destroy();
	}
}
