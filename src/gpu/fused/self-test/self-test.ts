import type { GpuContext } from '../../gpu-context.ts';
import { KernelCompileError } from '../../kernels/dispatch/kernel-compile-error.ts';
import type { KernelTarget } from '../../kernels/dispatch/kernel-dispatch.ts';
import {
	encodeDispatch,
	type ReadyDispatch,
	readyDispatches,
} from '../../kernels/dispatch/ready-dispatch.ts';
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

/** Runs of one check whose results must have the same bits: threads that do not wait for one another show as jitter. */
const RUNS = 20;

/**
 * Holds the kernels against a float64 computation of a few milliseconds, on this adapter. A tile that is wrong is
 * refused in the target's rules, and what takes its place is tested; a kernel is refused when nothing can.
 *
 * @param checksOf all of them, unless the caller asks for less
 */
export async function selfTest(
	context: GpuContext,
	pipelines: KernelPipelines,
	target: KernelTarget,
	checksOf: typeof kernelChecks = kernelChecks,
): Promise<RefusedKernels> {
	const refused = new Map<PlanStep['type'], string>();
	for (let isSettled = false; !isSettled;) {
		isSettled = true;
		const outcomes = await checkKernels(context, pipelines, target, checksOf);
		for (const { kernel, tile, tileId, wrong } of outcomes) {
			if (wrong === undefined || refused.has(kernel)) continue;
			const { tiles } = target;
			if (tiles !== undefined && tileId !== undefined && !tiles.refused.has(tileId)) {
				tiles.refuse(tileId, wrong);
				isSettled = false;
				continue;
			}
			refused.set(kernel, tile === undefined ? wrong : `${wrong} (in tiles of ${tile})`);
		}
	}
	return refused;
}

/** What came of one check. */
export interface CheckOutcome extends Pick<KernelCheck<unknown>, 'kernel' | 'tile' | 'tileId'> {
	/** In words; undefined where all is right. */
	readonly wrong?: string;
	/** Relative, of the whole result; undefined where there is none. */
	readonly error?: number;
}

/** Runs checks side by side, each in the tiles that the target's rules give. */
export async function checkKernels(
	context: GpuContext,
	pipelines: KernelPipelines,
	target: KernelTarget,
	checksOf: typeof kernelChecks = kernelChecks,
): Promise<readonly CheckOutcome[]> {
	using buffers = new CheckBuffers(context);
	const tensors = new CheckTensors((values) => buffers.upload(values));
	return await Promise.all(
		checksOf(tensors, target).map(async (check) => {
			const { kernel, tile, tileId } = check;
			return { kernel, tile, tileId, ...(await outcomeOf(context, pipelines, check, target)) };
		}),
	);
}

async function outcomeOf(
	context: GpuContext,
	pipelines: KernelPipelines,
	check: KernelCheck<GPUBuffer>,
	{ compilesSlowly }: KernelTarget,
): Promise<Pick<CheckOutcome, 'wrong' | 'error'>> {
	try {
		const ready = await readyDispatches(context, pipelines, check.dispatches);
		try {
			const first = await run(context, ready, check, 1);
			const error = relativeError(first, check.expected);
			if (error > (check.tolerance ?? TOLERANCE)) {
				return { error, wrong: `a relative error of ${error.toExponential(1)} on this GPU` };
			}
			// A software GPU has no threads that could overtake one another, and takes long.
			if (compilesSlowly) return { error };
			const last = await run(context, ready, check, RUNS - 1);
			if (hasSameBits(first, last)) return { error };
			return { error, wrong: 'another result at each run on this GPU' };
		} finally {
			ready[0]?.uniforms.destroy();
		}
	} catch (error) {
		if (!(error instanceof KernelCompileError)) throw error;
		return { wrong: `a fault: ${error.message}` };
	}
}

/** @returns the last of so many results */
async function run(
	context: GpuContext,
	ready: readonly ReadyDispatch<GPUBuffer>[],
	{ output, expected }: KernelCheck<GPUBuffer>,
	times: number,
): Promise<Float32Array<ArrayBuffer>> {
	const { device } = context;
	const encoder = device.createCommandEncoder({ label: 'self-test' });
	const pass = encoder.beginComputePass({ label: 'self-test' });
	for (let time = 0; time < times; time++) {
		for (const each of ready) {
			encodeDispatch(device, pass, each, (buffer) => ({ buffer, byteOffset: 0 }));
		}
	}
	context.submit(encoder, pass);
	return new Float32Array(await readBack(context, output, expected.length * 4));
}

function hasSameBits(first: Float32Array<ArrayBuffer>, second: Float32Array<ArrayBuffer>): boolean {
	const bits = new Uint32Array(second.buffer);
	return new Uint32Array(first.buffer).every((value, index) => value === bits[index]);
}

function relativeError(actual: Float32Array, expected: Float64Array): number {
	let difference = 0;
	let magnitude = 0;
	for (let i = 0; i < expected.length; i++) {
		difference += (at(actual, i) - at(expected, i)) ** 2;
		magnitude += at(expected, i) ** 2;
	}
	const error = Math.sqrt(difference / magnitude);
	// What was left out is still NaN.
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
