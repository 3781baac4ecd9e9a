import type { GpuContext } from '../../gpu-context.ts';
import { SUM } from '../../kernels/wgsl/expression.ts';
import {
	dispatchWork,
	F16_BYTES,
	F32_BYTES,
	type KernelTarget,
} from '../../kernels/dispatch/kernel-dispatch.ts';
import {
	encodeDispatch,
	type ReadyDispatch,
	readyDispatches,
} from '../../kernels/dispatch/ready-dispatch.ts';
import type { KernelPipelines } from '../../kernels/dispatch/kernel-pipelines.ts';
import { linear } from '../../kernels/linear/linear.ts';
import type { WorkSpeed } from './work-speed.ts';

/** A layer of half a GFLOP: 5 ms on the slowest GPU that runs a desktop. */
const ROWS = 256;
const DEPTH = 1024;
const COLUMNS = 1024;
/** The fastest GPU takes 20 ms for as many. */
const MOST_LAYERS = 1024;

/**
 * Times a layer as the networks have them, more and more often at once, until it takes long enough to be
 * measured: about 50 ms in all. Without it the first picture of a session began with the text encoder,
 * whose few tokens say nothing about the speed of arithmetic: a block of the transformer, cut for that
 * speed, took 1.9 s instead of 43 ms at 1024 x 1024, and 15 s instead of 0.26 s at 2048 x 2048.
 */
export async function calibrateSpeed(
	context: GpuContext,
	pipelines: KernelPipelines,
	target: KernelTarget,
	speed: WorkSpeed,
): Promise<void> {
	const buffer = (size: number): GPUBuffer =>
		context.createBuffer('activations', {
			label: 'calibration',
			size,
			usage: GPUBufferUsage.STORAGE,
		});
	const x = buffer(ROWS * DEPTH * F32_BYTES);
	const weights = buffer(DEPTH * COLUMNS * F16_BYTES);
	const output = buffer(ROWS * COLUMNS * F32_BYTES);
	try {
		const dispatches = linear.dispatches(
			{
				label: 'calibration',
				x,
				weights: [{ ref: weights, byteOffset: 0, byteLength: weights.size }],
				output,
				rows: ROWS,
				depth: DEPTH,
				columns: COLUMNS,
				expression: SUM,
				operands: [],
			},
			target,
		);
		const ready = await readyDispatches(context, pipelines, dispatches);
		try {
			await timeUntilKnown(context, ready, speed);
		} finally {
			ready[0]?.uniforms.destroy();
		}
	} finally {
		for (const each of [x, weights, output]) each.destroy();
	}
}

async function timeUntilKnown(
	context: GpuContext,
	layer: readonly ReadyDispatch<GPUBuffer>[],
	speed: WorkSpeed,
): Promise<void> {
	const { device } = context;
	const work = layer.reduce((sum, { dispatch }) => sum + dispatchWork(dispatch), 0);
	for (let layers = 1; layers <= MOST_LAYERS && !speed.isKnown; layers *= 2) {
		const encoder = device.createCommandEncoder({ label: 'calibration' });
		const pass = encoder.beginComputePass({ label: 'calibration' });
		for (let index = 0; index < layers; index++) {
			for (const each of layer) {
				encodeDispatch(device, pass, each, (ref) => ({ buffer: ref, byteOffset: 0 }));
			}
		}
		context.submit(encoder, pass);
		await context.orLost(speed.watch(device.queue, layers * work));
	}
}
