import type { GpuContext } from '../gpu-context.ts';
import { attention } from '../kernels/attention.ts';
import { conv } from '../kernels/conv.ts';
import { type Expression, type Operand, SUM } from '../kernels/expression.ts';
import { groupNorm, momentChunks, momentElements } from '../kernels/group-norm.ts';
import { headNormRotary } from '../kernels/head-norm-rotary.ts';
import { wholeImage } from '../kernels/image-buffer.ts';
import { KernelCompileError } from '../kernels/kernel-compile-error.ts';
import type { BoundRange, KernelDispatch, KernelTarget } from '../kernels/kernel-dispatch.ts';
import { encodeDispatch, type KernelPipelines, readyDispatches } from '../kernels/kernel-runner.ts';
import { linear } from '../kernels/linear.ts';
import { type LinearTile, linearTilesInUse } from '../kernels/linear-tiles.ts';
import { rowNorm } from '../kernels/row-norm.ts';
import { readBack } from '../read-back.ts';
import type { RefusedKernels } from './plan-known-graph.ts';
import type { PlanStep } from './plan-step.ts';

/** Wrong code is wrong by far more; f32 roundings of these sums are below 1e-6. */
const TOLERANCE = 1e-5;
const EPSILON = 1e-5;

interface Check {
	readonly kernel: PlanStep['type'];
	readonly dispatches: readonly KernelDispatch<GPUBuffer>[];
	readonly output: GPUBuffer;
	readonly expected: Float64Array;
}

/** Holds every kernel with arithmetic of its own against a float64 computation of a few milliseconds. */
export async function selfTest(
	context: GpuContext,
	pipelines: KernelPipelines,
	target: KernelTarget,
): Promise<RefusedKernels> {
	using tensors = new TestTensors(context);
	const refused = new Map<PlanStep['type'], string>();
	// Which tile a layer is computed in depends on its size, so every tile is tested: they are other shaders.
	const tiles = target.compilesSlowly ? [undefined] : linearTilesInUse(true, target);
	const checks = [
		...tiles.map((tile) => linearCheck(tensors, target, tile)),
		rowNormCheck(tensors, target),
		headNormRotaryCheck(tensors, target),
		attentionCheck(tensors, target),
		...convChecks(tensors, target),
	];
	for (const { label, wgsl } of checks.flatMap(({ dispatches }) => dispatches)) {
		// Compiled side by side; what fails is told by the check.
		pipelines.get(label, wgsl).catch(() => undefined);
	}
	for (const check of checks) {
		const wrong = await whatIsWrong(context, pipelines, check);
		if (wrong !== undefined) refused.set(check.kernel, wrong);
	}
	return refused;
}

async function whatIsWrong(
	context: GpuContext,
	pipelines: KernelPipelines,
	check: Check,
): Promise<string | undefined> {
	try {
		const error = await relativeError(context, pipelines, check);
		return error <= TOLERANCE
			? undefined
			: `a relative error of ${error.toExponential(1)} on this GPU`;
	} catch (error) {
		if (!(error instanceof KernelCompileError)) throw error;
		return `a fault: ${error.message}`;
	}
}

async function relativeError(
	context: GpuContext,
	pipelines: KernelPipelines,
	{ dispatches, output, expected }: Check,
): Promise<number> {
	const { device } = context;
	const ready = await readyDispatches(context, pipelines, dispatches);
	const encoder = device.createCommandEncoder({ label: 'self-test' });
	const pass = encoder.beginComputePass({ label: 'self-test' });
	for (const each of ready) {
		encodeDispatch(device, pass, each, (buffer) => ({ buffer, byteOffset: 0 }));
	}
	pass.end();
	device.queue.submit([encoder.finish()]);
	const actual = new Float32Array(await readBack(context, output, expected.length * 4));
	ready[0]?.uniforms.destroy();
	let difference = 0;
	let magnitude = 0;
	for (const [i, value] of expected.entries()) {
		difference += ((actual[i] ?? NaN) - value) ** 2;
		magnitude += value ** 2;
	}
	const error = Math.sqrt(difference / magnitude);
	return Number.isNaN(error) ? Infinity : error;
}

/** SiLU(x·W0) · (x·W1), W with subnormals. */
function linearCheck(
	tensors: TestTensors,
	target: KernelTarget,
	tile: LinearTile | undefined,
): Check {
	const [rows, depth, columns] = [70, 36, 72];
	const x = tensors.values(rows * depth);
	const weights = [0, 1].map(() => tensors.halves(depth * columns));
	const output = tensors.buffer(new Float32Array(rows * columns));
	const up = { type: 'sum', index: 1 } as const;
	const dispatches = linear(
		{
			label: 'self-test linear',
			x: tensors.buffer(x),
			weights: weights.map(({ range }) => range),
			output,
			rows,
			depth,
			columns,
			expression: { type: 'multiply', left: { type: 'silu', of: SUM }, right: up },
			operands: [],
			...(tile === undefined ? {} : { tile }),
		},
		target,
	);
	const expected = new Float64Array(rows * columns);
	for (let i = 0; i < expected.length; i++) {
		const [row, column] = [Math.floor(i / columns), i % columns];
		const [gate = 0, value = 0] = weights.map(({ values }) => {
			let sum = 0;
			for (let k = 0; k < depth; k++)
				sum += at(x, row * depth + k) * at(values, k * columns + column);
			return sum;
		});
		expected[i] = silu(gate) * value;
	}
	return { kernel: 'linear', dispatches, output, expected };
}

/** RMS norm times weight. */
function rowNormCheck(tensors: TestTensors, target: KernelTarget): Check {
	const [rows, columns] = [3, 260];
	const x = tensors.values(rows * columns);
	const weight = tensors.halves(columns);
	const output = tensors.buffer(new Float32Array(rows * columns));
	const operand: Operand<GPUBuffer> = {
		...weight.range,
		layout: 'columns',
		format: 'f16',
		elementOffset: 0,
	};
	const factor: Expression = { type: 'operand', index: 0 };
	const dispatches = rowNorm(
		{
			label: 'self-test norm',
			statistics: 'rms',
			epsilon: EPSILON,
			x: tensors.buffer(x),
			output,
			rows,
			columns,
			expression: { type: 'multiply', left: SUM, right: factor },
			operands: [operand],
		},
		target,
	);
	const expected = Float64Array.from(x, (value, i) => {
		const row = Math.floor(i / columns);
		const scale = rmsScale(x.subarray(row * columns, (row + 1) * columns));
		return value * scale * at(weight.values, i % columns);
	});
	return { kernel: 'row-norm', dispatches, output, expected };
}

/** Norm and rotation of pairs. */
function headNormRotaryCheck(tensors: TestTensors, target: KernelTarget): Check {
	const [tokens, heads, headDim] = [5, 3, 128];
	const half = headDim / 2;
	const x = tensors.values(tokens * heads * headDim);
	const weight = tensors.halves(headDim);
	const angles = tensors.values(tokens * half);
	const cos = angles.map((angle) => Math.cos(angle));
	const sin = angles.map((angle) => Math.sin(angle));
	const output = tensors.buffer(new Float32Array(x.length));
	const dispatches = headNormRotary(
		{
			label: 'self-test rotary',
			x: tensors.buffer(x),
			weight: weight.range,
			cos: tensors.buffer(cos),
			sin: tensors.buffer(sin),
			output,
			tokens,
			heads,
			headDim,
			epsilon: EPSILON,
			interleaved: true,
		},
		target,
	);
	const expected = Float64Array.from(x, (_, i) => {
		const base = Math.floor(i / headDim) * headDim;
		const scale = rmsScale(x.subarray(base, base + headDim));
		const pair = Math.floor((i - base) / 2);
		const angle = Math.floor(i / (heads * headDim)) * half + pair;
		const turned = (place: number): number =>
			at(x, base + place) * scale * at(weight.values, place);
		const [a, b] = [turned(2 * pair), turned(2 * pair + 1)];
		const [c, s] = [at(cos, angle), at(sin, angle)];
		return i % 2 === 0 ? a * c - b * s : a * s + b * c;
	});
	return { kernel: 'head-norm-rotary', dispatches, output, expected };
}

/** Two heads that share keys and values, more keys than one tile has. */
function attentionCheck(tensors: TestTensors, target: KernelTarget): Check {
	const [queries, keys, heads, headDim] = [9, 70, 2, 128];
	const width = heads * headDim;
	const scale = 1 / Math.sqrt(headDim);
	const q = tensors.values(queries * width);
	const k = tensors.values(keys * headDim);
	const v = tensors.values(keys * headDim);
	const output = tensors.buffer(new Float32Array(q.length));
	const dispatches = attention(
		{
			label: 'self-test attention',
			q: tensors.buffer(q),
			k: tensors.buffer(k),
			v: tensors.buffer(v),
			output,
			queries,
			keys,
			heads,
			keyValueHeads: 1,
			headDim,
			scale,
		},
		target,
	);
	const expected = new Float64Array(q.length);
	for (let base = 0; base < q.length; base += headDim) {
		const weights = Float64Array.from({ length: keys }, (_, key) => {
			let dot = 0;
			for (let d = 0; d < headDim; d++) dot += at(q, base + d) * at(k, key * headDim + d);
			return Math.exp(dot * scale);
		});
		const sum = weights.reduce((total, weight) => total + weight, 0);
		for (let d = 0; d < headDim; d++) {
			expected[base + d] = weights.reduce(
				(total, weight, key) => total + (weight / sum) * at(v, key * headDim + d),
				0,
			);
		}
	}
	return { kernel: 'attention', dispatches, output, expected };
}

/** GroupNorm's scale and shift; then a convolution that applies them, by numbers of its own. */
function convChecks(tensors: TestTensors, target: KernelTarget): readonly Check[] {
	const [channels, outChannels, size] = [4, 20, 12];
	const pixels = size * size;
	const x = tensors.values(channels * pixels);
	const input = tensors.buffer(x);
	const [weight, bias] = [tensors.halves(channels), tensors.halves(channels)];
	const [mean, deviation] = moments(x);
	const affine = Float32Array.from({ length: 2 * channels }, (_, i) => {
		const scale = at(weight.values, i >> 1) / Math.sqrt(deviation + EPSILON);
		return i % 2 === 0 ? scale : at(bias.values, i >> 1) - mean * scale;
	});
	const affineOutput = tensors.buffer(new Float32Array(affine.length));
	const norm = groupNorm(
		{
			label: 'self-test group norm',
			x: input,
			weight: weight.range,
			bias: bias.range,
			moments: tensors.buffer(new Float32Array(momentElements(channels, momentChunks(pixels)))),
			affine: affineOutput,
			channels,
			pixels,
			groups: 1,
			epsilon: EPSILON,
		},
		target,
	);
	const kernel = tensors.halves(outChannels * channels * 9);
	const output = tensors.buffer(new Float32Array(outChannels * pixels));
	const dispatches = conv(
		{
			label: 'self-test convolution',
			x: wholeImage(input, size),
			affine: tensors.buffer(affine),
			weight: kernel.range,
			output: wholeImage(output, size),
			inChannels: channels,
			outChannels,
			height: size,
			width: size,
			kernel: 3,
			upscale: 1,
			expression: SUM,
			operands: [],
		},
		target,
	);
	const activated = Float64Array.from(x, (value, i) => {
		const channel = Math.floor(i / pixels);
		return silu(value * at(affine, 2 * channel) + at(affine, 2 * channel + 1));
	});
	const expected = Float64Array.from({ length: outChannels * pixels }, (_, i) => {
		const [out, row, column] = [Math.floor(i / pixels), Math.floor(i / size) % size, i % size];
		let sum = 0;
		for (let channel = 0; channel < channels; channel++) {
			for (let tap = 0; tap < 9; tap++) {
				const [y, across] = [row + Math.floor(tap / 3) - 1, column + (tap % 3) - 1];
				if (y < 0 || across < 0 || y >= size || across >= size) continue;
				sum +=
					at(kernel.values, (out * channels + channel) * 9 + tap) *
					at(activated, channel * pixels + y * size + across);
			}
		}
		return sum;
	});
	return [
		{
			kernel: 'group-norm',
			dispatches: norm,
			output: affineOutput,
			expected: Float64Array.from(affine),
		},
		{ kernel: 'conv', dispatches, output, expected },
	];
}

/** Made-up numbers, the same at every start, and their buffers. */
class TestTensors implements Disposable {
	readonly #context: GpuContext;
	readonly #buffers: GPUBuffer[] = [];
	#state = 1;

	constructor(context: GpuContext) {
		this.#context = context;
	}

	/** Between -1 and 1. */
	values(count: number): Float32Array<ArrayBuffer> {
		return Float32Array.from({ length: count }, () => this.#next() / 2 ** 31 - 1);
	}

	/** FP16 values up to 1, every 16th subnormal. */
	halves(count: number): { readonly range: BoundRange<GPUBuffer>; readonly values: Float64Array } {
		const bits = new Uint16Array(Math.ceil(count / 2) * 2);
		const values = new Float64Array(count);
		for (let i = 0; i < count; i++) {
			const random = this.#next();
			const sign = random >>> 31;
			const mantissa = (random >>> 16) & 0x3ff;
			const exponent = i % 16 === 7 ? 0 : 11 + ((random >>> 26) & 3);
			bits[i] = (sign << 15) | (exponent << 10) | mantissa;
			const magnitude =
				exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25);
			values[i] = sign === 1 ? -magnitude : magnitude;
		}
		const ref = this.buffer(bits);
		return { range: { ref, byteOffset: 0, byteLength: bits.byteLength }, values };
	}

	buffer(values: Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>): GPUBuffer {
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

	/** 32 bits of a linear congruential generator, mixed. */
	#next(): number {
		this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
		return (this.#state ^ (this.#state >>> 15)) >>> 0;
	}
}

function at(values: Float32Array | Float64Array, index: number): number {
	return values[index] ?? NaN;
}

function silu(x: number): number {
	return x / (1 + Math.exp(-x));
}

function rmsScale(values: Float32Array): number {
	const squares = values.reduce((sum, value) => sum + value ** 2, 0);
	return 1 / Math.sqrt(squares / values.length + EPSILON);
}

function moments(values: Float32Array): readonly [mean: number, variance: number] {
	const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
	const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
	return [mean, squares / values.length];
}
