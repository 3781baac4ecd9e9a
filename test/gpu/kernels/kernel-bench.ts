import { GpuContext } from '../../../src/gpu/gpu-context.ts';
import type {
	BoundRange,
	KernelDispatch,
	KernelTarget,
} from '../../../src/gpu/kernels/dispatch/kernel-dispatch.ts';
import {
	encodeDispatch,
	readyDispatches,
} from '../../../src/gpu/kernels/dispatch/ready-dispatch.ts';
import { KernelPipelines } from '../../../src/gpu/kernels/dispatch/kernel-pipelines.ts';
import { readBack } from '../../../src/gpu/read-back.ts';
import { torchRandn } from '../../../src/pipeline/sampling/noise/torch-randn.ts';

/** Runs kernels on made-up tensors. */
export class KernelBench {
	readonly context: GpuContext;
	readonly #pipelines: KernelPipelines;

	private constructor(context: GpuContext) {
		this.context = context;
		this.#pipelines = new KernelPipelines(context);
	}

	static async open(): Promise<KernelBench> {
		return new KernelBench(await GpuContext.open());
	}

	target(overrides: Partial<KernelTarget> = {}): KernelTarget {
		return {
			limits: this.context.device.limits,
			unpackKeepsSubnormals: false,
			compilesSlowly: true,
			maxDispatchFlops: Infinity,
			...overrides,
		};
	}

	f32(values: Float32Array<ArrayBuffer>): GPUBuffer {
		return this.#upload(values);
	}

	/** As a shard holds it: padded to 4 bytes. */
	f16(bits: Uint16Array): BoundRange<GPUBuffer> {
		const padded = new Uint16Array(Math.ceil(bits.length / 2) * 2);
		padded.set(bits);
		return { ref: this.#upload(padded), byteOffset: 0, byteLength: padded.byteLength };
	}

	empty(elements: number): GPUBuffer {
		return this.#upload(new Float32Array(elements).fill(NaN));
	}

	async run(dispatches: readonly KernelDispatch<GPUBuffer>[]): Promise<void> {
		const ready = await readyDispatches(this.context, this.#pipelines, dispatches);
		const encoder = this.context.device.createCommandEncoder();
		const pass = encoder.beginComputePass();
		for (const each of ready) {
			encodeDispatch(this.context.device, pass, each, (buffer) => ({ buffer, byteOffset: 0 }));
		}
		pass.end();
		this.context.device.queue.submit([encoder.finish()]);
		await this.context.idle();
	}

	async read(buffer: GPUBuffer, elements: number): Promise<Float32Array> {
		this.context.assertHealthy();
		return new Float32Array(await readBack(this.context, buffer, elements * 4));
	}

	#upload(values: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>): GPUBuffer {
		const buffer = this.context.device.createBuffer({
			size: Math.max(16, values.byteLength),
			usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
		});
		this.context.device.queue.writeBuffer(buffer, 0, values);
		return buffer;
	}
}

/** Standard normal values, the same for the same seed. */
export function normal(seed: number, length: number): Float32Array<ArrayBuffer> {
	return torchRandn(seed, length);
}

/** FP16 bit patterns of values, and what they are exactly. Every 16th is subnormal. */
export function halves(
	seed: number,
	length: number,
	scale: number,
): { readonly bits: Uint16Array; readonly values: Float64Array } {
	const bits = new Uint16Array(length);
	const values = new Float64Array(length);
	for (const [i, x] of normal(seed, length).entries()) {
		const magnitude = Math.min(Math.abs(x) * scale, 60000);
		const exponent = i % 16 === 15 ? -15 : Math.floor(Math.log2(Math.max(magnitude, 2 ** -14)));
		const isSubnormal = exponent < -14;
		const unit = isSubnormal ? 2 ** -24 : 2 ** (exponent - 10);
		const mantissa = isSubnormal
			? i % 1024
			: Math.min(1023, Math.max(0, Math.floor(magnitude / unit) - 1024));
		bits[i] = ((x < 0 ? 1 : 0) << 15) | ((isSubnormal ? 0 : exponent + 15) << 10) | mantissa;
		values[i] = (x < 0 ? -1 : 1) * unit * (mantissa + (isSubnormal ? 0 : 1024));
	}
	return { bits, values };
}

/** ||actual - expected||₂ / ||expected||₂ in float64. */
export function relativeError(actual: Float32Array, expected: Float64Array): number {
	if (actual.length !== expected.length) return Infinity;
	let difference = 0;
	let magnitude = 0;
	for (const [i, value] of expected.entries()) {
		difference += (actual[i] - value) ** 2;
		magnitude += value ** 2;
	}
	const error = Math.sqrt(difference / magnitude);
	return Number.isNaN(error) ? Infinity : error;
}

/** Relative error that the roundings of an f32 sum of so many terms add up to: they are as often up as down. */
export function sumBudget(terms: number): number {
	return Math.sqrt(terms) * 2 ** -24;
}
