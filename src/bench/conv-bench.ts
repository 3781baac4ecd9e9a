import { conv } from '../gpu/kernels/conv.ts';
import { convStorageBytes, convThreads, type ConvTile } from '../gpu/kernels/conv-tiles.ts';
import { SUM } from '../gpu/kernels/expression.ts';
import { wholeImage } from '../gpu/kernels/image-buffer.ts';
import type { KernelTarget } from '../gpu/kernels/kernel-dispatch.ts';
import type { ConvolutionExtents, KernelBenchSettings } from './kernel-bench-options.ts';
import type { KernelTimer } from './kernel-timer.ts';

const CONV_SWEEP: readonly ConvTile[] = [
	{ outChannels: 64, threadChannels: 8, width: 32, height: 8, depth: 4, prefetch: false },
	{ outChannels: 64, threadChannels: 8, width: 32, height: 8, depth: 8, prefetch: false },
	{ outChannels: 64, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: false },
	{ outChannels: 64, threadChannels: 8, width: 32, height: 4, depth: 8, prefetch: false },
	{ outChannels: 128, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: false },
	{ outChannels: 128, threadChannels: 8, width: 32, height: 8, depth: 4, prefetch: false },
	{ outChannels: 64, threadChannels: 8, width: 64, height: 4, depth: 4, prefetch: false },
	{ outChannels: 32, threadChannels: 8, width: 32, height: 8, depth: 4, prefetch: false },
	{ outChannels: 64, threadChannels: 4, width: 32, height: 4, depth: 4, prefetch: false },
	{ outChannels: 64, threadChannels: 8, width: 32, height: 8, depth: 4, prefetch: true },
	{ outChannels: 64, threadChannels: 8, width: 32, height: 8, depth: 2, prefetch: true },
	{ outChannels: 64, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: true },
	{ outChannels: 128, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: true },
];

/** SiLU of the scaled and shifted input, convolved: by the chosen tile and those of the sweep. */
export async function timeConvolution(
	timer: KernelTimer,
	{ sweep }: KernelBenchSettings,
	{ channels, size }: ConvolutionExtents,
): Promise<void> {
	const [x, output, affine] = [channels * size ** 2, channels * size ** 2, 2 * channels].map(
		(elements) => timer.activation(elements),
	);
	const args = {
		label: 'conv',
		x: wholeImage(x, size),
		affine,
		weight: { ref: timer.weights, byteOffset: 0, byteLength: 2 * 9 * channels ** 2 },
		output: wholeImage(output, size),
		inChannels: channels,
		outChannels: channels,
		height: size,
		width: size,
		kernel: 3,
		upscale: 1,
		expression: SUM,
		operands: [],
	} as const;
	const candidates = [
		{ name: 'chosen', dispatches: conv(args, timer.target) },
		...(sweep ? CONV_SWEEP : [])
			.filter((tile) => fits(tile, timer.target))
			.map((tile) => ({
				name: convTileName(tile),
				dispatches: conv({ ...args, tile }, timer.target),
			})),
	];
	await timer.timeAll({ kernel: 'conv', shape: `${channels}, ${size}²`, output }, candidates);
	for (const buffer of [x, output, affine]) buffer.destroy();
}

function fits(tile: ConvTile, { limits }: Pick<KernelTarget, 'limits'>): boolean {
	return (
		convStorageBytes(tile, 3) <= limits.maxComputeWorkgroupStorageSize &&
		convThreads(tile) <= limits.maxComputeInvocationsPerWorkgroup
	);
}

function convTileName(tile: ConvTile): string {
	const { outChannels, threadChannels, width, height, depth, prefetch } = tile;
	return `${outChannels}/${threadChannels}, ${width}x${height}x${depth}${prefetch ? '+prefetch' : ''}`;
}
