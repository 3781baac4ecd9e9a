const WGSL = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> ran: array<atomic<u32>>;
@compute @workgroup_size(1) fn main() { atomicAdd(&ran[0], 1u); }
`;

/** What the counter starts from, so that a copy of it that never ran is not a count. */
const FIRST_COUNT = 1;

/**
 * Counts, on the GPU, the submits that it has run.
 *
 * Metal kills a command buffer that takes too long or finds no memory, and Chromium's Dawn counts it as done: nothing
 * fails, and what it should have written is noise, black, or the picture before. So the last dispatch of each submit
 * adds to a counter, and whatever is read back comes with it. The four bytes are not in the ledger.
 */
export class SubmitTally {
	static readonly countBytes = Uint32Array.BYTES_PER_ELEMENT;
	readonly #pipeline: GPUComputePipeline;
	readonly #counter: GPUBuffer;
	readonly #bindings: GPUBindGroup;
	#expected = FIRST_COUNT;

	/** To be made before the device's buffers are counted. */
	constructor(device: GPUDevice) {
		const label = 'submit tally';
		this.#pipeline = device.createComputePipeline({
			label,
			layout: 'auto',
			compute: { module: device.createShaderModule({ label, code: WGSL }), entryPoint: 'main' },
		});
		this.#counter = device.createBuffer({
			label,
			size: SubmitTally.countBytes,
			usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
		});
		device.queue.writeBuffer(this.#counter, 0, new Uint32Array([FIRST_COUNT]));
		this.#bindings = device.createBindGroup({
			label,
			layout: this.#pipeline.getBindGroupLayout(0),
			entries: [{ binding: 0, resource: { buffer: this.#counter } }],
		});
	}

	/** To be the last of the last pass of a submit. */
	count(pass: GPUComputePassEncoder): void {
		pass.setPipeline(this.#pipeline);
		pass.setBindGroup(0, this.#bindings);
		pass.dispatchWorkgroups(1);
		this.#expected++;
	}

	/** Copies the count as it will be then. @returns what it has to be */
	copyTo(encoder: GPUCommandEncoder, target: GPUBuffer, byteOffset: number): number {
		encoder.copyBufferToBuffer(this.#counter, 0, target, byteOffset, SubmitTally.countBytes);
		return this.#expected;
	}

	/** Goes on from a count that is short of what it had to be: each gap is told once. */
	forgive(missing: number): void {
		this.#expected -= missing;
	}
}
