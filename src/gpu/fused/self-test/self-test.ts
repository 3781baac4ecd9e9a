import type { GpuContext } from '../../gpu-context.ts';
import { KernelCompileError } from '../../kernels/dispatch/kernel-compile-error.ts';
import type { KernelTarget } from '../../kernels/dispatch/kernel-dispatch.ts';
import { encodeDispatch, readyDispatches } from '../../kernels/dispatch/ready-dispatch.ts';
import type { KernelPipelines } from '../../kernels/dispatch/kernel-pipelines.ts';
import { readBack } from '../../read-back.ts';
import type { RefusedKernels } from '../plan/planned-graph.ts';
import type { PlanStep } from '../plan/plan-step.ts';
import { CheckTensors } from '../../kernels/checks/check-tensors.ts';
import { at } from '../../kernels/checks/float64.ts';
import type { KernelCheck } from '../../kernels/checks/kernel-check.ts';
import { kernelChecks } from '../../kernels/kernel-checks.ts';

/** Wrong code is wrong by far more; f32 roundings of these sums are below 1e-6. */
const TOLERANCE = 1e-5;

/**
 * Holds the kernels against a float64 computation of a few milliseconds, on this adapter.
 *
 * @param checksOf all of them, unless the caller asks for less
 */
export async function selfTest(
	context: GpuContext,
	pipelines: KernelPipelines,
	target: KernelTarget,
	checksOf: typeof kernelChecks = kernelChecks,
): Promise<RefusedKernels> {
	using buffers = new CheckBuffers(context);
	const tensors = new CheckTensors((values) => buffers.upload(values));
	// Compiled and run side by side.
	const outcomes = checksOf(tensors, target).map(async (check) => {
		const wrong = await whatIsWrong(context, pipelines, check);
		return { ...check, wrong };
	});
	const refused = new Map<PlanStep['type'], string>();
	for (const { kernel, tile, wrong } of await Promise.all(outcomes)) {
		if (wrong === undefined || refused.has(kernel)) continue;
		refused.set(kernel, tile === undefined ? wrong : `${wrong} (in tiles of ${tile})`);
	}
	return refused;
}

async function whatIsWrong(
	context: GpuContext,
	pipelines: KernelPipelines,
	check: KernelCheck<GPUBuffer>,
): Promise<string | undefined> {
	try {
		const error = relativeError(await run(context, pipelines, check), check.expected);
		return error <= (check.tolerance ?? TOLERANCE)
			? undefined
			: `a relative error of ${error.toExponential(1)} on this GPU`;
	} catch (error) {
		if (!(error instanceof KernelCompileError)) throw error;
		return `a fault: ${error.message}`;
	}
}

async function run(
	context: GpuContext,
	pipelines: KernelPipelines,
	{ dispatches, output, expected }: KernelCheck<GPUBuffer>,
): Promise<Float32Array> {
	const { device } = context;
	const ready = await readyDispatches(context, pipelines, dispatches);
	const encoder = device.createCommandEncoder({ label: 'self-test' });
	const pass = encoder.beginComputePass({ label: 'self-test' });
	for (const each of ready) {
		encodeDispatch(device, pass, each, (buffer) => ({ buffer, byteOffset: 0 }));
	}
	pass.end();
	device.queue.submit([encoder.finish()]);
	try {
		return new Float32Array(await readBack(context, output, expected.length * 4));
	} finally {
		ready[0]?.uniforms.destroy();
	}
}

function relativeError(actual: Float32Array, expected: Float64Array): number {
	let difference = 0;
	let magnitude = 0;
	for (let i = 0; i < expected.length; i++) {
		difference += (at(actual, i) - at(expected, i)) ** 2;
		magnitude += at(expected, i) ** 2;
	}
	const error = Math.sqrt(difference / magnitude);
	return Number.isNaN(error) ? Infinity : error;
}

/** The buffers of all checks. */
class CheckBuffers implements Disposable {
	readonly #context: GpuContext;
	readonly #buffers: GPUBuffer[] = [];

	constructor(context: GpuContext) {
		this.#context = context;
	}

	upload(values: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>): GPUBuffer {
		const buffer = this.#context.createBuffer('activations', {
			label: 'self-test',
			size: values.byteLength,
			usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
		});
		this.#context.device.queue.writeBuffer(buffer, 0, values);
		this.#buffers.push(buffer);
		return buffer;
	}

	[Symbol.dispose](): void {
		for (const buffer of this.#buffers) buffer.destroy();
	}
}
