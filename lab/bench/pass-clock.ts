import type { GpuContext } from '../../src/gpu/gpu-context.ts';

const FEATURE = 'timestamp-query';
const TIMESTAMP_BYTES = BigUint64Array.BYTES_PER_ELEMENT;

/** Times compute passes by the GPU's own clock, which Chromium rounds to 0.1 ms. */
export class PassClock implements Disposable {
	/** To be asked for when the device is opened. */
	static readonly feature = FEATURE;
	readonly #context: GpuContext;
	readonly #times: GPUQuerySet;
	readonly #resolved: GPUBuffer;
	readonly #readable: GPUBuffer;

	private constructor(context: GpuContext) {
		this.#context = context;
		const size = 2 * TIMESTAMP_BYTES;
		this.#times = context.device.createQuerySet({ type: 'timestamp', count: 2 });
		this.#resolved = context.createBuffer('staging', {
			label: 'timestamps',
			size,
			usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
		});
		this.#readable = context.createBuffer('staging', {
			label: 'timestamps read back',
			size,
			usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
		});
	}

	/** Undefined where the device was opened without a clock. */
	static of(context: GpuContext): PassClock | undefined {
		return context.device.features.has(FEATURE) ? new PassClock(context) : undefined;
	}

	/** For the pass that is timed. */
	get timestampWrites(): GPUComputePassTimestampWrites {
		return { querySet: this.#times, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
	}

	/** To be encoded after the pass. */
	resolve(encoder: GPUCommandEncoder): void {
		encoder.resolveQuerySet(this.#times, 0, 2, this.#resolved, 0);
		encoder.copyBufferToBuffer(this.#resolved, 0, this.#readable, 0, 2 * TIMESTAMP_BYTES);
	}

	/** Of the pass that was submitted. */
	async milliseconds(): Promise<number> {
		await this.#context.orLost(this.#readable.mapAsync(GPUMapMode.READ));
		const [begin = 0n, end = 0n] = new BigUint64Array(this.#readable.getMappedRange());
		this.#readable.unmap();
		return Number(end - begin) / 1e6;
	}

	[Symbol.dispose](): void {
		this.#times.destroy();
		this.#resolved.destroy();
		this.#readable.destroy();
	}
}
