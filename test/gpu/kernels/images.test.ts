import { afterAll, beforeAll, expect, it } from 'vitest';
import { conv, type ConvArguments, wholePart } from '../../../src/gpu/kernels/image/conv.ts';
import type { ConvTile } from '../../../src/gpu/kernels/image/conv-tile.ts';
import { SUM, type Expression } from '../../../src/gpu/kernels/wgsl/expression.ts';
import type { Operand } from '../../../src/gpu/kernels/wgsl/epilogue.ts';
import {
	groupNorm,
	momentChunks,
	momentElements,
} from '../../../src/gpu/kernels/image/group-norm.ts';
import { wholeImage } from '../../../src/gpu/kernels/image/image-buffer.ts';
import { transpose } from '../../../src/gpu/kernels/rows/transpose.ts';
import { halves, KernelBench, normal, relativeError, sumBudget } from './kernel-bench.ts';

const TOLERANCE = 1e-6;
const EPSILON = 1e-6;

let bench: KernelBench;
beforeAll(async () => {
	bench = await KernelBench.open();
});
afterAll(() => bench.context[Symbol.dispose]());

const CONVOLUTIONS = [
	{ inChannels: 16, outChannels: 72, height: 10, width: 14, kernel: 3, upscale: 1, normed: false },
	{ inChannels: 7, outChannels: 3, height: 9, width: 11, kernel: 3, upscale: 1, normed: true },
	{ inChannels: 20, outChannels: 33, height: 12, width: 20, kernel: 3, upscale: 2, normed: false },
	{ inChannels: 24, outChannels: 40, height: 9, width: 16, kernel: 1, upscale: 1, normed: false },
] as const;

for (const { inChannels, outChannels, height, width, kernel, upscale, normed } of CONVOLUTIONS) {
	const name = `${kernel}x${kernel}, ${inChannels} → ${outChannels} channels, ${width}x${height}`;
	it(`${name}${upscale === 2 ? ', upscaled' : ''}${normed ? ', norm and SiLU first' : ''}`, async () => {
		const [inHeight, inWidth] = [height / upscale, width / upscale];
		const x = normal(1, inChannels * inHeight * inWidth);
		const weight = halves(2, outChannels * inChannels * kernel ** 2, 0.1);
		const bias = halves(3, outChannels, 1);
		const residual = normal(4, outChannels * height * width);
		const affine = normal(5, 2 * inChannels);
		const output = bench.empty(residual.length);
		const operands: readonly Operand<GPUBuffer>[] = [
			{ ...bench.f16(bias.bits), layout: 'rows', format: 'f16', elementOffset: 0 },
			{
				ref: bench.f32(residual),
				layout: 'full',
				format: 'f32',
				byteOffset: 0,
				byteLength: residual.byteLength,
				elementOffset: 0,
			},
		];
		const biased: Expression = { type: 'add', left: SUM, right: { type: 'operand', index: 0 } };
		const dispatches = conv.dispatches(
			{
				label: 'conv',
				x: wholeImage(bench.f32(x), inHeight),
				...(normed ? { affine: bench.f32(affine) } : {}),
				weight: bench.f16(weight.bits),
				output: wholeImage(output, height),
				inChannels,
				outChannels,
				height,
				width,
				kernel,
				upscale,
				expression: { type: 'add', left: biased, right: { type: 'operand', index: 1 } },
				operands,
			},
			bench.target({ maxDispatchFlops: 1 }),
		);
		await bench.run(dispatches);

		const input = Float64Array.from(x, (value, i) => {
			if (!normed) return value;
			const channel = Math.floor(i / (inHeight * inWidth));
			const changed = value * affine[2 * channel] + affine[2 * channel + 1];
			return changed / (1 + Math.exp(-changed));
		});
		const border = (kernel - 1) / 2;
		const expected = Float64Array.from(residual, (value, i) => {
			const out = Math.floor(i / (height * width));
			const [row, column] = [Math.floor(i / width) % height, i % width];
			let sum = value + bias.values[out];
			for (let channel = 0; channel < inChannels; channel++) {
				for (let tap = 0; tap < kernel ** 2; tap++) {
					const y = row + Math.floor(tap / kernel) - border;
					const at = column + (tap % kernel) - border;
					if (y < 0 || at < 0 || y >= height || at >= width) continue;
					const pixel = Math.floor(y / upscale) * inWidth + Math.floor(at / upscale);
					sum +=
						weight.values[(out * inChannels + channel) * kernel ** 2 + tap] *
						input[channel * inHeight * inWidth + pixel];
				}
			}
			return sum;
		});
		const error = relativeError(await bench.read(output, residual.length), expected);
		expect(error).toBeLessThanOrEqual(Math.min(TOLERANCE, sumBudget(inChannels * kernel ** 2)));
	});
}

const TILES: readonly ConvTile[] = [
	{ outChannels: 64, threadChannels: 8, width: 32, height: 8, depth: 4, prefetch: true },
	{ outChannels: 64, threadChannels: 8, width: 32, height: 4, depth: 2, prefetch: true },
	{ outChannels: 64, threadChannels: 8, width: 32, height: 8, depth: 4, prefetch: false },
	{ outChannels: 64, threadChannels: 8, width: 32, height: 4, depth: 8, prefetch: false },
	{ outChannels: 128, threadChannels: 8, width: 32, height: 4, depth: 4, prefetch: false },
	{ outChannels: 64, threadChannels: 8, width: 64, height: 4, depth: 4, prefetch: false },
	{ outChannels: 32, threadChannels: 4, width: 16, height: 8, depth: 3, prefetch: false },
	{ outChannels: 16, threadChannels: 8, width: 32, height: 8, depth: 4, prefetch: true },
	{ outChannels: 4, threadChannels: 4, width: 64, height: 16, depth: 2, prefetch: true },
];

/** SiLU(x · scale + shift), upscaled, convolved; computed by the kernel in one piece. */
async function pieceworkCase(): Promise<{
	readonly args: ConvArguments<GPUBuffer>;
	readonly x: Float32Array<ArrayBuffer>;
	readonly whole: Float32Array;
}> {
	const [inChannels, outChannels, height, width] = [32, 40, 22, 24];
	const weight = halves(2, outChannels * inChannels * 9, 0.1);
	const bias = halves(3, outChannels, 1);
	const elements = outChannels * height * width;
	const x = normal(1, (inChannels * height * width) / 4);
	const args: ConvArguments<GPUBuffer> = {
		label: 'conv',
		x: wholeImage(bench.f32(x), height / 2),
		affine: bench.f32(normal(5, 2 * inChannels)),
		weight: bench.f16(weight.bits),
		output: wholeImage(bench.empty(elements), height),
		inChannels,
		outChannels,
		height,
		width,
		kernel: 3,
		upscale: 2,
		expression: { type: 'add', left: SUM, right: { type: 'operand', index: 0 } },
		operands: [{ ...bench.f16(bias.bits), layout: 'rows', format: 'f16', elementOffset: 0 }],
	};
	await bench.run(conv.dispatches(args, bench.target()));
	return { args, x, whole: await bench.read(args.output.ref, elements) };
}

for (const tile of TILES) {
	const { outChannels, threadChannels, width, height, depth, prefetch } = tile;
	it(`computes the same in tiles of ${outChannels} channels (${threadChannels} a thread), ${width}x${height}x${depth}${prefetch ? ', prefetched' : ''}`, async () => {
		const { args, whole } = await pieceworkCase();
		const output = bench.empty(whole.length);
		const dispatches = conv.dispatches(
			{ ...args, output: wholeImage(output, args.height), tile },
			bench.target({ maxDispatchFlops: 1 }),
		);
		expect(dispatches).toHaveLength(Math.ceil(args.height / height));
		await bench.run(dispatches);
		const error = relativeError(await bench.read(output, whole.length), Float64Array.from(whole));
		expect(error).toBeLessThanOrEqual(TOLERANCE);
	});
}

it('sums over ranges of channels where a binding holds no more', async () => {
	const { args, whole } = await pieceworkCase();
	const { height, width } = args;
	const output = bench.empty(whole.length);
	const {
		maxComputeWorkgroupStorageSize,
		maxComputeInvocationsPerWorkgroup,
		maxComputeWorkgroupsPerDimension,
	} = bench.target().limits;
	const limits = {
		maxComputeWorkgroupStorageSize,
		maxComputeInvocationsPerWorkgroup,
		maxComputeWorkgroupsPerDimension,
		maxStorageBufferBindingSize: 4 * height * width * 4,
	};
	const shortest = conv.dispatches(
		{ ...args, output: wholeImage(output, args.height) },
		bench.target(),
	);
	const dispatches = conv.dispatches(
		{ ...args, output: wholeImage(output, args.height) },
		bench.target({ limits }),
	);
	expect(dispatches.length).toBeGreaterThan(shortest.length);
	await bench.run(dispatches);
	const error = relativeError(await bench.read(output, whole.length), Float64Array.from(whole));
	expect(error).toBeLessThanOrEqual(TOLERANCE);
});

it('adds up slabs of input channels', async () => {
	const { args, whole, x } = await pieceworkCase();
	const output = wholeImage(bench.empty(whole.length), args.height);
	const plane = x.length / args.inChannels;
	for (const start of [0, 12]) {
		const inputs = { start, count: start === 0 ? 12 : 20 };
		const slab = bench.f32(x.slice(start * plane, (start + inputs.count) * plane));
		const part = { ...wholePart(args), inputs, accumulate: start > 0 };
		const isLast = start > 0;
		const epilogue = isLast ? {} : { expression: SUM, operands: [] };
		const image = { ref: slab, rows: args.height / 2, firstChannel: start };
		await bench.run(
			conv.dispatches({ ...args, ...epilogue, x: image, output, part }, bench.target()),
		);
	}
	const error = relativeError(await bench.read(output.ref, whole.length), Float64Array.from(whole));
	expect(error).toBeLessThanOrEqual(TOLERANCE);
});

it('writes bands of rows into a ring that holds the last of them', async () => {
	const { args, whole } = await pieceworkCase();
	const { height, width, outChannels } = args;
	const ringRows = 8;
	const ring = bench.empty(outChannels * ringRows * width);
	for (let start = 0; start < height; start += 6) {
		const rows = { start, count: Math.min(6, height - start) };
		const output = { ref: ring, rows: ringRows, firstChannel: 0 };
		await bench.run(
			conv.dispatches({ ...args, output, part: { ...wholePart(args), rows } }, bench.target()),
		);
	}
	const held = await bench.read(ring, outChannels * ringRows * width);
	for (let channel = 0; channel < outChannels; channel++) {
		for (let row = height - ringRows; row < height; row++) {
			const at = (channel * ringRows + (row % ringRows)) * width;
			const from = (channel * height + row) * width;
			expect(held.slice(at, at + width)).toEqual(whole.slice(from, from + width));
		}
	}
});

it('GroupNorm over several chunks, of values far from zero, applied while transposing', async () => {
	const [channels, pixels, groups] = [6, 18000, 2];
	const x = normal(1, channels * pixels).map((value, i) => value + (i < 54000 ? 50 : -3));
	const weight = halves(2, channels, 1);
	const bias = halves(3, channels, 1);
	const affine = bench.empty(2 * channels);
	const output = bench.empty(x.length);
	const input = bench.f32(x);
	const target = bench.target();
	await bench.run([
		...groupNorm.dispatches(
			{
				label: 'group-norm',
				x: input,
				weight: bench.f16(weight.bits),
				bias: bench.f16(bias.bits),
				moments: bench.empty(momentElements(channels, momentChunks(pixels))),
				affine,
				channels,
				pixels,
				groups,
				epsilon: EPSILON,
			},
			target,
		),
		...transpose.dispatches(
			{ label: 'transpose', x: input, affine, output, rows: channels, columns: pixels },
			target,
		),
	]);
	const expected = new Float64Array(x.length);
	const values = (channels / groups) * pixels;
	for (let group = 0; group < groups; group++) {
		const members = Float64Array.from(x.subarray(group * values, (group + 1) * values));
		const mean = members.reduce((a, b) => a + b) / values;
		const variance = members.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values;
		for (const [i, value] of members.entries()) {
			const channel = (group * channels) / groups + Math.floor(i / pixels);
			expected[(i % pixels) * channels + channel] =
				((value - mean) / Math.sqrt(variance + EPSILON)) * weight.values[channel] +
				bias.values[channel];
		}
	}
	const error = relativeError(await bench.read(output, x.length), expected);
	// x · scale and shift nearly cancel where the mean is 50 deviations from zero.
	expect(error).toBeLessThanOrEqual(1e-5);
});

it('transposes a matrix of odd extents', async () => {
	const [rows, columns] = [45, 70];
	const x = normal(1, rows * columns);
	const output = bench.empty(x.length);
	await bench.run(
		transpose.dispatches(
			{ label: 'transpose', x: bench.f32(x), output, rows, columns },
			bench.target({ maxDispatchFlops: 1 }),
		),
	);
	const expected = Float64Array.from(x, (_, i) => x[(i % rows) * columns + Math.floor(i / rows)]);
	expect(relativeError(await bench.read(output, x.length), expected)).toBe(0);
});
