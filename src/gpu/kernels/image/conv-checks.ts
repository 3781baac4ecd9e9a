import { conv } from './conv.ts';
import { SUM } from '../wgsl/expression.ts';
import { wholeImage } from './image-buffer.ts';
import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';
import type { CheckTensors } from '../checks/check-tensors.ts';
import { at, repeated, silu } from '../checks/float64.ts';
import type { KernelCheck } from '../checks/kernel-check.ts';
import { tileChecks } from '../checks/tile-checks.ts';

/** More than half of the widest tile's channels, where its threads' other channels begin. */
const [IN_CHANNELS, OUT_CHANNELS] = [12, 70];
/** After which weights and the result repeat: the reference takes little time. Odd, unlike the extents of tiles. */
const DISTINCT_CHANNELS = 5;
/** No multiples of a tile's. */
const [HEIGHT, WIDTH] = [5, 36];
const PIXELS = HEIGHT * WIDTH;

/** 3x3 convolutions of the scaled and shifted input's SiLU, and 1x1 convolutions, in every tile in use. */
export function convChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	const x = tensors.values(IN_CHANNELS * PIXELS);
	const input = tensors.upload(x);
	const affine = tensors.values(2 * IN_CHANNELS);
	const affineBuffer = tensors.upload(affine);
	const activated = new Float64Array(x).map((value, i) => {
		const channel = Math.floor(i / PIXELS);
		return silu(value * at(affine, 2 * channel) + at(affine, 2 * channel + 1));
	});
	// A software GPU compiles for seconds: one tile.
	const kernels = target.compilesSlowly ? ([3] as const) : ([3, 1] as const);
	return kernels.flatMap((kernel) => {
		const weightsOfChannel = IN_CHANNELS * kernel ** 2;
		const weight = tensors.halves(
			OUT_CHANNELS * weightsOfChannel,
			DISTINCT_CHANNELS * weightsOfChannel,
		);
		const source = kernel === 3 ? activated : new Float64Array(x);
		const distinct = weight.values.subarray(0, DISTINCT_CHANNELS * weightsOfChannel);
		const expected = repeated(convolution(source, distinct, kernel), OUT_CHANNELS * PIXELS);
		return tileChecks(conv, { kind: { kernel }, expected }, tensors, target, (output, cut) =>
			conv.dispatches(
				{
					...{ label: 'self-test convolution', x: wholeImage(input, HEIGHT) },
					...(kernel === 3 ? { affine: affineBuffer } : {}),
					...{ weight: weight.range, output: wholeImage(output, HEIGHT) },
					...{ inChannels: IN_CHANNELS, outChannels: OUT_CHANNELS },
					...{ height: HEIGHT, width: WIDTH, kernel, upscale: 1 },
					...{ expression: SUM, operands: [], ...cut },
				},
				target,
			),
		);
	});
}

/** 'Same'. @param x [IN_CHANNELS, HEIGHT, WIDTH] @param weight [DISTINCT_CHANNELS, IN_CHANNELS, kernel, kernel] */
function convolution(x: Float64Array, weight: Float64Array, kernel: 1 | 3): Float64Array {
	const border = (kernel - 1) / 2;
	const sums = new Float64Array(DISTINCT_CHANNELS * PIXELS);
	for (let tap = 0; tap < weight.length; tap++) {
		const factor = at(weight, tap);
		const out = Math.floor(tap / kernel ** 2 / IN_CHANNELS);
		const channel = Math.floor(tap / kernel ** 2) % IN_CHANNELS;
		const down = (Math.floor(tap / kernel) % kernel) - border;
		const right = (tap % kernel) - border;
		const endColumn = Math.min(WIDTH, WIDTH - right);
		for (let row = Math.max(0, -down); row < Math.min(HEIGHT, HEIGHT - down); row++) {
			const from = channel * PIXELS + (row + down) * WIDTH + right;
			const to = out * PIXELS + row * WIDTH;
			for (let column = Math.max(0, -right); column < endColumn; column++) {
				sums[to + column] += factor * at(x, from + column);
			}
		}
	}
	return sums;
}
