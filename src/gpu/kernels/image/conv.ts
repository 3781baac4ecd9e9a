import { CONV_TILES } from './conv-tiles.ts';
import { convLoads, loadStatements } from './conv-loads.ts';
import {
	convThreads,
	type ConvTile,
	patchVectors,
	THREAD_PIXELS,
	weightVectors,
} from './conv-tile.ts';
import {
	type EpilogueShape,
	epilogueWgsl,
	type Operand,
	operandOffsets,
	operandsAreAligned,
} from '../wgsl/epilogue.ts';
import { type Expression, SUM } from '../wgsl/expression.ts';
import { halfWgsl } from '../wgsl/half-wgsl.ts';
import { channelRange, type ImageBuffer, type Span, splitChannels } from './image-buffer.ts';
import {
	type BoundRange,
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
	workOf,
} from '../dispatch/kernel-dispatch.ts';
import { f32Rows } from '../dispatch/row-ranges.ts';

export interface ConvArguments<Ref> {
	readonly label: string;
	/** f32 [inChannels, height/upscale, width/upscale], or what is there of it. */
	readonly x: ImageBuffer<Ref>;
	/** f32 [inChannels, 2]: the input becomes SiLU(x · scale + shift) first, which is GroupNorm with SiLU. */
	readonly affine?: Ref;
	/** FP16 [outChannels, inChannels, kernel, kernel] */
	readonly weight: BoundRange<Ref>;
	/** f32 [outChannels, height, width], or what is there of it. */
	readonly output: ImageBuffer<Ref>;
	readonly inChannels: number;
	readonly outChannels: number;
	/** Of the output. */
	readonly height: number;
	readonly width: number;
	readonly kernel: 1 | 3;
	/** 2: each pixel of x counts as 2 by 2. */
	readonly upscale: 1 | 2;
	/** Of the sum: plus bias, plus a residual. Operands of layout `full` have the output's rows. */
	readonly expression: Expression;
	readonly operands: readonly Operand<Ref>[];
	/** What is computed; all where not given. */
	readonly part?: ConvPart;
	/** For the bench; else chosen by adapter and extents. */
	readonly tile?: ConvTile;
}

/** A piece of a convolution. */
export interface ConvPart {
	/** Input channels that are summed over. */
	readonly inputs: Span;
	readonly outputs: Span;
	readonly rows: Span;
	/** True: the sum starts with what the output holds. */
	readonly accumulate: boolean;
}

/** Where work is split by output channels: as many as a tile has. */
const OUTPUTS_MULTIPLE = 64;
/** Rows of a tile: what cannot be split by rows any more is split by output channels. */
const STRIP_ROWS = 8;

/**
 * 'Same' convolution on FP16 weights, in f32. Images larger than a binding are convolved in ranges of
 * channels.
 *
 * @throws RangeError for channels that one binding cannot hold
 */
export function conv<Ref>(
	args: ConvArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { x, output, inChannels, height, width, kernel, upscale, operands } = args;
	const part = args.part ?? wholePart(args);
	const { maxStorageBufferBindingSize } = target.limits;
	const inputWidth = width / upscale;
	const inputs = splitChannels(part.inputs, [x.rows * inputWidth], maxStorageBufferBindingSize);
	const taps = kernel ** 2;
	const workOfRow = (ins: number, outs: number) => ({
		flops: 2 * ins * taps * outs * width,
		bytes: F32_BYTES * (ins * (inputWidth / upscale) + outs * width),
	});
	const { flops, bytes } = workOfRow(part.inputs.count, OUTPUTS_MULTIPLE);
	const multiples = Math.log2(
		target.maxDispatchFlops / workOf(STRIP_ROWS * flops, STRIP_ROWS * bytes),
	);
	const outputsAtOnce = OUTPUTS_MULTIPLE * 2 ** Math.max(0, Math.floor(multiples));
	const outputs = splitChannels(
		part.outputs,
		[output.rows * width],
		maxStorageBufferBindingSize,
		outputsAtOnce,
	);
	const pieces = outputs.flatMap((outs) => inputs.map((ins, index) => ({ outs, ins, index })));
	return pieces.flatMap(({ outs, ins, index }) => {
		const size = { elements: outs.count * part.rows.count * width, channels: outs.count };
		const tile = args.tile ?? CONV_TILES.choose({ kernel }, size, target);
		const isLast = index === inputs.length - 1;
		const epilogue = isLast
			? { expression: args.expression, operands }
			: { expression: SUM, operands: [] };
		const wgsl = shaderOf({
			tile,
			kernel,
			upscale,
			hasAffine: args.affine !== undefined,
			accumulate: part.accumulate || index > 0,
			weightsAligned: [inChannels, ins.start, tile.depth].every((each) => (each * taps) % 4 === 0),
			unpackKeepsSubnormals: target.unpackKeepsSubnormals,
			epilogue: { ...epilogue, vectorised: operandsAreAligned(epilogue.operands, width) },
		});
		const tilesX = Math.ceil(width / tile.width);
		const row = workOfRow(ins.count, outs.count);
		const workPerRow = workOf(row.flops, row.bytes);
		return rowSpans(part.rows, tile.height, workPerRow, target).map((rows) => ({
			label: args.label,
			wgsl,
			job: new Uint32Array([
				...[outs.count, output.rows * width, width, height],
				...operandOffsets(epilogue.operands.map((operand) => shiftedRows(operand, outs.start))),
				...[ins.start, ins.count, x.rows * inputWidth, x.rows],
				...[inputWidth, outs.start, output.rows, inChannels * taps],
				...[rows.start, rows.start + rows.count, tilesX, 0],
			]),
			bindings: [
				channelRange(x, inputWidth, ins),
				args.weight,
				channelRange(output, width, outs),
				...(args.affine === undefined
					? []
					: [f32Rows(args.affine, 2, { start: 0, count: inChannels })]),
				...epilogue.operands.map((operand) =>
					operand.layout === 'full'
						? channelRange({ ...output, ref: operand.ref }, width, outs)
						: operand,
				),
			],
			workgroups: [
				tilesX * Math.ceil(rows.count / tile.height),
				Math.ceil(outs.count / tile.outChannels),
				1,
			],
			flops: row.flops * rows.count,
			bytes: row.bytes * rows.count + args.weight.byteLength,
		}));
	});
}

/** All of a convolution. */
export function wholePart({
	inChannels,
	outChannels,
	height,
}: Pick<ConvArguments<unknown>, 'inChannels' | 'outChannels' | 'height'>): ConvPart {
	return {
		inputs: { start: 0, count: inChannels },
		outputs: { start: 0, count: outChannels },
		rows: { start: 0, count: height },
		accumulate: false,
	};
}

/** Rows, in runs of whole tiles that are not too much work each. */
function rowSpans(
	rows: Span,
	tileHeight: number,
	workPerRow: number,
	target: KernelTarget,
): readonly Span[] {
	const affordable = Math.floor(target.maxDispatchFlops / workPerRow / tileHeight) * tileHeight;
	const step = Math.max(tileHeight, Math.min(rows.count, affordable));
	return Array.from({ length: Math.ceil(rows.count / step) }, (_, index) => ({
		start: rows.start + index * step,
		count: Math.min(step, rows.count - index * step),
	}));
}

/** A vector over all output channels, seen from a range of them. */
function shiftedRows<Ref>(operand: Operand<Ref>, firstRow: number): Operand<Ref> {
	if (operand.layout !== 'rows') return operand;
	return { ...operand, elementOffset: operand.elementOffset + firstRow };
}

/** An image in bands asks for the same few shaders hundreds of times. */
const shaders = new Map<string, string>();

function shaderOf(shader: ConvShader): string {
	const { operands } = shader.epilogue;
	const layouts = operands.map(({ layout, format }) => [layout, format]);
	const key = JSON.stringify([
		{ ...shader, epilogue: undefined },
		shader.epilogue.expression,
		layouts,
		shader.epilogue.vectorised,
	]);
	const wgsl = shaders.get(key) ?? convWgsl(shader);
	shaders.set(key, wgsl);
	return wgsl;
}

interface ConvShader {
	readonly tile: ConvTile;
	readonly kernel: 1 | 3;
	readonly upscale: 1 | 2;
	readonly hasAffine: boolean;
	readonly accumulate: boolean;
	/** True if four weights in a row are eight aligned bytes. */
	readonly weightsAligned: boolean;
	readonly unpackKeepsSubnormals: boolean;
	readonly epilogue: EpilogueShape;
}

/**
 * A workgroup computes a tile of output channels for a patch of the image, a few input channels at a
 * time: their patch, with a border for the kernel's taps, goes to workgroup memory once, normalized
 * and activated, zero beyond the image; and so do their weights, widened and transposed. Then for each
 * channel and row of the kernel a thread reads the 12 pixels that its 8 see through all taps of that
 * row, and adds the products with its 8 (or 4) output channels' weights: 9 vec4f reads for 192
 * multiply-adds. A thread's channels lie in groups of four, half a tile apart. With prefetch, the next
 * slice is on its way from the GPU's memory to registers meanwhile.
 */
function convWgsl(shader: ConvShader): string {
	const { tile, kernel, upscale, hasAffine, accumulate, epilogue } = shader;
	const threads = convThreads(tile);
	const taps = kernel ** 2;
	const segments = tile.width / THREAD_PIXELS;
	const pixelThreads = segments * tile.height;
	const patchRows = tile.height + kernel - 1;
	const patchStride = patchVectors(tile);
	const patchSize = tile.depth * patchRows * patchStride;
	const weightStride = weightVectors(tile);
	const slice = tile.depth * taps;
	const channelVectors = tile.outChannels / 4;
	const groups = tile.threadChannels === 8 ? [0, 1] : [0];
	const sums = groups.flatMap((group) => [0, 1, 2, 3].map((row) => ({ group, row })));
	const lines = (depth: number, parts: readonly string[]): string =>
		parts.map((part) => '\t'.repeat(depth) + part).join('\n');
	const element = epilogue.vectorised ? 'vec4f' : 'f32';
	const source = upscale === 2 ? ' >> 1u' : '';
	const sources = upscale === 2 ? ' >> vec4u(1u)' : '';
	const weightsAt = shader.weightsAligned
		? `	return weights[at >> 2u];`
		: `	return vec2u(${[0, 2]
				.map((i) => `halfAt(at + ${i}u) | (halfAt(at + ${i + 1}u) << 16u)`)
				.join(', ')});`;
	const put = epilogue.vectorised
		? `	let at = (channel * job.columns + column) >> 2u;
	y[at] = epilogue(${accumulate ? 'y[at] + ' : ''}sum, sum, channel, column);`
		: `	let at = channel * job.columns + column;
	let total = ${accumulate ? 'vec4f(y[at], y[at + 1u], y[at + 2u], y[at + 3u]) + ' : ''}sum;
	let result = epilogue(total, total, channel, column);
	for (var i = 0u; i < 4u; i++) {
		if (pixelX + i < job.width) { y[at + i] = result[i]; }
	}`;
	const pixelsOfTap = (tap: number): readonly [string, string] => {
		if (tap === 0) return ['b0', 'b1'];
		const [end, start] = ['xyzw'.slice(tap), 'xyzw'.slice(0, tap)];
		return [`vec4f(b0.${end}, b1.${start})`, `vec4f(b1.${end}, b2.${start})`];
	};
	const multiplyTap = (tap: number): string => {
		const [left, right] = pixelsOfTap(tap);
		return `			{
${lines(4, [
	`let left = ${left};`,
	`let right = ${right};`,
	...groups.map(
		(group) =>
			`let a${group} = weightTile[weightAt + ${tap * weightStride + (group * channelVectors) / 2}u];`,
	),
	...sums.map(
		({ group, row }) =>
			`c${group}${row}0 = fma(vec4f(a${group}[${row}]), left, c${group}${row}0); c${group}${row}1 = fma(vec4f(a${group}[${row}]), right, c${group}${row}1);`,
	),
])}
			}`;
	};
	const loads = convLoads(tile, kernel);
	const fetch = (indent: string, input: string) =>
		loadStatements(loads, indent, (load) => [...load.place(input), ...load.fetch]);
	const store = loadStatements(loads, '\t\t', (load) => [...load.place('input'), ...load.store]);
	const fetchAndStore = loadStatements(loads, '\t\t', (load) => [
		...load.place('input'),
		...load.declare,
		...load.fetch,
		...load.store,
	]);
	const registers = lines(
		1,
		loads.flatMap(({ declare }) => declare),
	);
	return `struct Job {
	channels: u32, columns: u32, width: u32, height: u32, // of the output; columns: elements of a channel in its buffer
	operandOffsets: vec4u,
	firstInput: u32, inputs: u32, inputColumns: u32, inputRows: u32,
	inputWidth: u32, firstOutput: u32, outputRows: u32, weightsPerOutput: u32,
	firstRow: u32, endRow: u32, tilesX: u32, unused: u32,
}
@group(0) @binding(0) var<uniform> job: Job;
@group(0) @binding(1) var<storage, read> x: array<f32>; // [inputs, inputRows, inputWidth]
@group(0) @binding(2) var<storage, read> weights: array<${shader.weightsAligned ? 'vec2u' : 'u32'}>; // FP16 [all outputs, all inputs, ${kernel}, ${kernel}]
@group(0) @binding(3) var<storage, read_write> y: array<${element}>; // [channels, outputRows, width]
${hasAffine ? '@group(0) @binding(4) var<storage, read> affine: array<vec2f>; // [all inputs]: scale, shift\n' : ''}
var<workgroup> weightTile: array<vec4f, ${slice * weightStride}>; // [input][tap][outputs / 4 + 1]
var<workgroup> patchTile: array<vec4f, ${patchSize}>; // [input][row][x / 4 + 1]

${halfWgsl(shader.unpackKeepsSubnormals)}${epilogueWgsl(epilogue, hasAffine ? 5 : 4)}
${shader.weightsAligned ? '' : 'fn halfAt(at: u32) -> u32 { return (weights[at >> 1u] >> ((at & 1u) * 16u)) & 0xffffu; }\n'}
/// Four weights of an output channel, from place k of the inputs' taps.
fn weightsAt(channel: u32, k: u32) -> vec2u {
	let at = (job.firstOutput + min(channel, job.channels - 1u)) * job.weightsPerOutput + job.firstInput * ${taps}u + k;
${weightsAt}
}

/// They as numbers, zero beyond the inputs.
fn widened(halves: vec2u, k: u32) -> vec4f {
	let isInside = vec4u(k) + vec4u(0u, 1u, 2u, 3u) < vec4u(job.inputs * ${taps}u);
	return select(vec4f(), vec4f(widen2(halves.x), widen2(halves.y)), isInside);
}

/// Four pixels of an input channel; anything beyond the image.
fn pixelsAt(input: u32, row: u32, firstX: i32) -> vec4f {
	let atX = clamp(vec4i(firstX) + vec4i(0, 1, 2, 3), vec4i(), vec4i(i32(job.width) - 1));
	let atRow = (min(row, job.height - 1u)${source}) % job.inputRows;
	let at = (vec4u(atX)${sources}) + min(input, job.inputs - 1u) * job.inputColumns + atRow * job.inputWidth;
	return vec4f(x[at.x], x[at.y], x[at.z], x[at.w]);
}

/// They as the kernel sees them: zero beyond the image.
fn seen(pixels: vec4f, input: u32, row: u32, firstX: i32) -> vec4f {
	if (input >= job.inputs || row >= job.height) { return vec4f(); }
	let isInside = vec4u(vec4i(firstX) + vec4i(0, 1, 2, 3)) < vec4u(job.width);
${
	hasAffine
		? `	let change = affine[job.firstInput + input];
	let normalized = pixels * change.x + change.y;
	let values = normalized / (1.0 + exp(-normalized));
`
		: '\tlet values = pixels;\n'
}	return select(vec4f(), values, isInside);
}

fn put(channel: u32, row: u32, pixelX: u32, sum: vec4f) {
	if (channel >= job.channels || row >= job.endRow || pixelX >= job.width) { return; }
	let column = (row % job.outputRows) * job.width + pixelX;
${put}
}

@compute @workgroup_size(${threads})
fn main(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3u) {
	let firstChannel = group.y * ${tile.outChannels}u;
	let firstX = (group.x % job.tilesX) * ${tile.width}u;
	let firstRow = job.firstRow + (group.x / job.tilesX) * ${tile.height}u;
	let threadChannel = thread / ${pixelThreads}u;
	let threadRow = (thread % ${pixelThreads}u) / ${segments}u;
	let threadSegment = thread % ${segments}u;
${lines(
	1,
	sums.map(({ group, row }) => `var c${group}${row}0 = vec4f(); var c${group}${row}1 = vec4f();`),
)}
${tile.prefetch ? `${registers}\n${fetch('\t', '0u')}` : ''}	for (var input = 0u; input < job.inputs; input += ${tile.depth}u) {
${tile.prefetch ? store : fetchAndStore}		workgroupBarrier();
${tile.prefetch ? fetch('\t\t', `input + ${tile.depth}u`) : ''}		for (var line = 0u; line < ${tile.depth * kernel}u; line++) {
			let patchAt = ((line / ${kernel}u) * ${patchRows}u + threadRow + line % ${kernel}u) * ${patchStride}u + threadSegment * 2u;
			let weightAt = line * ${kernel * weightStride}u + threadChannel;
			let b0 = patchTile[patchAt];
			let b1 = patchTile[patchAt + 1u];
${kernel === 1 ? '' : '\t\t\tlet b2 = patchTile[patchAt + 2u];\n'}${Array.from({ length: kernel }, (_, tap) => multiplyTap(tap)).join('\n')}
		}
		workgroupBarrier();
	}
${lines(
	1,
	sums.flatMap(({ group, row }) =>
		[0, 1].map(
			(half) =>
				`put(firstChannel + ${(group * tile.outChannels) / 2}u + threadChannel * 4u + ${row}u, firstRow + threadRow, firstX + threadSegment * ${THREAD_PIXELS}u + ${half * 4}u, c${group}${row}${half});`,
		),
	),
)}
}
`;
}
