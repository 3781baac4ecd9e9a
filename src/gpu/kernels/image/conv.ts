import { type Kernel, shaderText } from '../dispatch/kernel.ts';
import {
	type BoundRange,
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
	workOf,
} from '../dispatch/kernel-dispatch.ts';
import { f32Rows } from '../dispatch/row-ranges.ts';
import { epilogueShape, type Operand, operandOffsets } from '../wgsl/epilogue.ts';
import { type Expression, SUM } from '../wgsl/expression.ts';
import type { ConvTile } from './conv-tile.ts';
import { CONV_TILES } from './conv-tiles.ts';
import { CONV_JOB, convBindings, type ConvShader, convWgsl } from './conv-wgsl.ts';
import { channelRange, type ImageBuffer, type Span, splitChannels } from './image-buffer.ts';

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

function dispatches<Ref>(
	args: ConvArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { x, output, inChannels, height, width, kernel, upscale, affine, operands } = args;
	const part = args.part ?? wholePart(args);
	const { maxStorageBufferBindingSize } = target.limits;
	const inputWidth = width / upscale;
	const allInputs = { start: 0, count: inChannels };
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
		const last = isLast ? operands : [];
		const shader: ConvShader = {
			tile,
			kernel,
			upscale,
			hasAffine: affine !== undefined,
			accumulate: part.accumulate || index > 0,
			weightsAligned: [inChannels, ins.start, tile.depth].every((each) => (each * taps) % 4 === 0),
			unpackKeepsSubnormals: target.unpackKeepsSubnormals,
			epilogue: epilogueShape(isLast ? args.expression : SUM, last, width),
		};
		const wgsl = shaderText(conv, shader, target);
		const bindings = convBindings(shader);
		const tilesX = Math.ceil(width / tile.width);
		const row = workOfRow(ins.count, outs.count);
		const workPerRow = workOf(row.flops, row.bytes);
		return rowSpans(part.rows, tile.height, workPerRow, target).map((rows) => ({
			label: args.label,
			wgsl,
			tile: CONV_TILES.id(tile, { kernel }),
			job: CONV_JOB.encode({
				...{ channels: outs.count, columns: output.rows * width, width, height },
				operandOffsets: operandOffsets(last.map((operand) => shiftedRows(operand, outs.start))),
				...{ firstInput: ins.start, inputs: ins.count },
				...{ inputColumns: x.rows * inputWidth, inputRows: x.rows, inputWidth },
				...{ firstOutput: outs.start, outputRows: output.rows },
				weightsPerOutput: inChannels * taps,
				...{ firstRow: rows.start, endRow: rows.start + rows.count, tilesX },
			}),
			bindings: bindings.ranges({
				x: channelRange(x, inputWidth, ins),
				weights: args.weight,
				y: channelRange(output, width, outs),
				affine: affine === undefined ? undefined : f32Rows(affine, 2, allInputs),
				...operandChannels(last, output, width, outs),
			}),
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

/**
 * 'Same' convolution on FP16 weights, in f32. Images larger than a binding are convolved in ranges of
 * channels.
 *
 * @throws RangeError for channels that one binding cannot hold
 */
export const conv = {
	name: 'conv',
	tiles: CONV_TILES,
	shader: convWgsl,
	dispatches,
} satisfies Kernel<ConvShader>;

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

/** As `operandRanges`, of a range of output channels. */
function operandChannels<Ref>(
	operands: readonly Operand<Ref>[],
	output: ImageBuffer<Ref>,
	width: number,
	channels: Span,
): Readonly<Record<string, BoundRange<Ref>>> {
	return Object.fromEntries(
		operands.map((operand, index) => [
			`operand${index}`,
			operand.layout === 'full'
				? channelRange({ ...output, ref: operand.ref }, width, channels)
				: operand,
		]),
	);
}

/** A vector over all output channels, seen from a range of them. */
function shiftedRows<Ref>(operand: Operand<Ref>, firstRow: number): Operand<Ref> {
	if (operand.layout !== 'rows') return operand;
	return { ...operand, elementOffset: operand.elementOffset + firstRow };
}
