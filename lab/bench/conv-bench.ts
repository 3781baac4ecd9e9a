import { conv } from '../../src/gpu/kernels/image/conv.ts';
import { SUM } from '../../src/gpu/kernels/wgsl/expression.ts';
import { wholeImage } from '../../src/gpu/kernels/image/image-buffer.ts';
import { candidatesOf } from './candidates.ts';
import type { ConvolutionExtents, KernelBenchSettings } from './kernel-bench-options.ts';
import { CONV_SWEEP, isWorthTiming } from './kernel-sweep.ts';
import type { KernelTimer } from './kernel-timer.ts';

/** A convolution by the chosen tile and those of the sweep: 3x3 of the input's SiLU, scaled and shifted, or 1x1. */
export async function timeConvolution(
	timer: KernelTimer,
	{ sweep }: KernelBenchSettings,
	{ channels, size, outChannels = channels, kernel = 3 }: ConvolutionExtents,
): Promise<void> {
	const elements = outChannels * size ** 2;
	const [x, output, affine] = [channels * size ** 2, elements, 2 * channels].map((count) =>
		timer.activation(count),
	);
	const args = {
		label: 'conv',
		x: wholeImage(x, size),
		...(kernel === 3 ? { affine } : {}),
		weight: {
			ref: timer.weights,
			byteOffset: 0,
			byteLength: 2 * kernel ** 2 * channels * outChannels,
		},
		output: wholeImage(output, size),
		inChannels: channels,
		outChannels,
		height: size,
		width: size,
		kernel,
		upscale: 1,
		expression: SUM,
		operands: [],
	} as const;
	const tiles = (sweep ? CONV_SWEEP : []).filter((tile) => isWorthTiming(tile, outChannels));
	const candidates = candidatesOf(conv, { kernel }, tiles, timer.target, (cut) =>
		conv.dispatches({ ...args, ...cut }, timer.target),
	);
	await timer.timeAll(
		{
			kernel: kernel === 3 ? 'conv' : 'pointwise-conv',
			shape: `${channels}→${outChannels}@${size}²`,
			output,
			elements,
			outChannels,
		},
		candidates,
	);
	for (const buffer of [x, output, affine]) buffer.destroy();
}
