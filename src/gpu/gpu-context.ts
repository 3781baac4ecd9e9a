import { OUT_OF_MEMORY } from './adapter-notes.ts';
import {
	GpuDeviceLostError,
	GpuDroppedWorkError,
	GpuFaultError,
	GpuLimitError,
	OutOfGpuMemoryError,
} from './errors.ts';
import { GpuLedger, type MemoryCategory } from './gpu-ledger.ts';
import { QueuePace } from './queue-pace.ts';
import { requestDevice, type RequestedDevice, type WantedFeature } from './request-device.ts';
import { SubmitTally } from './submit-tally.ts';

/** An allocation that may have taken the device with it; smaller ones are always going on. */
const SUSPECT_BYTES = 32 * 2 ** 20;

/** Our one device, its memory ledger, and what everyone needs to know about the adapter. */
export class GpuContext implements Disposable {
	readonly device: GPUDevice;
	readonly adapterInfo: GPUAdapterInfo;
	/** What the device could have been asked for. */
	readonly adapterFeatures: ReadonlySet<string>;
	readonly ledger: GpuLedger;
	readonly tally: SubmitTally;
	readonly pace = new QueuePace();
	#fault: Error | undefined;
	readonly #whenLost: Promise<never>;
	/** Of allocations of which the driver has not said yet whether they succeeded. */
	#openBytes = 0;

	private constructor({ device, adapterInfo, adapterFeatures }: RequestedDevice) {
		this.device = device;
		this.adapterInfo = adapterInfo;
		this.adapterFeatures = adapterFeatures;
		this.tally = new SubmitTally(device);
		this.ledger = GpuLedger.watch(device);
		this.#whenLost = device.lost.then((info) => {
			throw this.#fail(this.#lossFault(info));
		});
		this.#whenLost.catch(() => undefined);
		device.addEventListener('uncapturederror', ({ error }) => {
			this.#fail(
				error instanceof GPUOutOfMemoryError
					? new OutOfGpuMemoryError(error.message, this.ledger.bytes)
					: new GpuFaultError(error.message),
			);
		});
	}

	/**
	 * @param wantedFeatures asked for where the adapter has them
	 * @throws WebGpuUnavailableError
	 */
	static async open(wantedFeatures: readonly WantedFeature[] = []): Promise<GpuContext> {
		return new GpuContext(await requestDevice(wantedFeatures));
	}

	/** @throws GpuDeviceLostError, OutOfGpuMemoryError or GpuFaultError once the device can no longer be trusted */
	assertHealthy(): void {
		if (this.#fault !== undefined) throw this.#fault;
	}

	/** Awaits GPU work, which may never settle once the device is lost. @throws as `assertHealthy` */
	async orLost<Result>(work: Promise<Result>): Promise<Result> {
		// If this throws, nobody awaits `work`: its rejection must not count as unhandled.
		work.catch(() => undefined);
		this.assertHealthy();
		try {
			const result = await Promise.race([work, this.#whenLost]);
			// Work on a buffer that could not be made is done too, and its result is worth nothing.
			this.assertHealthy();
			return result;
		} catch (error) {
			this.assertHealthy();
			throw await this.#faultBehind(error);
		}
	}

	/**
	 * What is behind an error: calls on a device that is gone fail, in words of their own, and work on it does
	 * not run, before anyone hears that it is gone.
	 */
	async causeOf(error: unknown): Promise<unknown> {
		return isSymptom(error) ? this.#faultBehind(error) : error;
	}

	/**
	 * A buffer that the driver has no memory for looks like any other: that it failed is told a moment
	 * later, by `assertHealthy`.
	 *
	 * @throws GpuLimitError for more than any buffer may have; OutOfGpuMemoryError for more than the ledger's limit
	 * allows
	 */
	createBuffer(category: MemoryCategory, descriptor: GPUBufferDescriptor): GPUBuffer {
		const { device } = this;
		const { size } = descriptor;
		const label = descriptor.label ?? category;
		const { maxBufferSize } = device.limits;
		if (size > maxBufferSize) throw new GpuLimitError(label, size, maxBufferSize);
		if (!this.ledger.fits(size)) throw new OutOfGpuMemoryError(label, size);
		device.pushErrorScope('out-of-memory');
		try {
			return this.ledger.account(category, () => device.createBuffer(descriptor));
		} catch (cause) {
			// Only buffers that are mapped at creation fail at once.
			throw cause instanceof RangeError ? new OutOfGpuMemoryError(label, size, { cause }) : cause;
		} finally {
			void this.#hearOfAllocation(device.popErrorScope(), label, size);
		}
	}

	/**
	 * Submits what was encoded, counted by the tally.
	 *
	 * @param pass its last, which is ended
	 */
	submit(encoder: GPUCommandEncoder, pass = encoder.beginComputePass({ label: 'tally' })): void {
		this.tally.count(pass);
		pass.end();
		this.device.queue.submit([encoder.finish()]);
	}

	/** Resolves when all submitted work is done. */
	async idle(): Promise<void> {
		await this.orLost(this.device.queue.onSubmittedWorkDone());
	}

	/**
	 * Resolves when the driver has the memory of destroyed buffers back. Chromium keeps it until it next looks
	 * at the queue, and at 2048 x 2048 it held 1.3 GB more than the ledger by what it had not looked at yet.
	 */
	async reclaim(): Promise<void> {
		this.device.queue.submit([]);
		await this.idle();
	}

	[Symbol.dispose](): void {
		this.device.destroy();
	}

	async #faultBehind(error: unknown): Promise<unknown> {
		const lost = this.#whenLost.catch(() => undefined);
		await Promise.race([lost, new Promise((resolve) => setTimeout(resolve, LOSS_NOTICE_MS))]);
		return this.#fault ?? error;
	}

	async #hearOfAllocation(
		outcome: Promise<GPUError | null>,
		label: string,
		size: number,
	): Promise<void> {
		this.#openBytes += size;
		try {
			const error = await outcome;
			this.#openBytes -= size;
			if (error !== null) this.#fail(new OutOfGpuMemoryError(label, size));
		} catch {
			// The device was lost before it answered: the bytes stay open for `#lossFault` to see.
		}
	}

	/** Notes a fault. The first counts, but what follows from want of memory may be told before its cause. */
	#fail(fault: Error): Error {
		const isCause = fault instanceof OutOfGpuMemoryError;
		if (this.#fault === undefined || (isCause && this.#fault instanceof GpuFaultError)) {
			this.#fault = fault;
		}
		return this.#fault;
	}

	/** Some drivers give up on the device where they should fail the allocation. */
	#lossFault({ reason, message }: GPUDeviceLostInfo): Error {
		const wasAllocating = this.#openBytes >= SUSPECT_BYTES && reason !== 'destroyed';
		return wasAllocating || OUT_OF_MEMORY.test(message)
			? new OutOfGpuMemoryError(message || 'the device was lost', this.ledger.bytes)
			: new GpuDeviceLostError(message || reason || 'unknown reason');
	}
}

/** From the first call that fails on a lost device to the news of its loss: a few ms, more on a busy machine. */
const LOSS_NOTICE_MS = 250;

/** True for what WebGPU and ONNX Runtime throw, and for work that did not run; other errors of ours are causes. */
function isSymptom(error: unknown): boolean {
	// Mapped memory is gone with the device, also under a read that fills it.
	if (error instanceof GpuDroppedWorkError || error instanceof TypeError) return true;
	if (error instanceof DOMException) return error.name !== 'AbortError';
	return error instanceof Error && Object.getPrototypeOf(error) === Error.prototype;
}
