import { mix } from '../../src/gpu/kernels/adapter/mix.ts';
import { weightSquares } from '../../src/gpu/kernels/adapter/weight-squares.ts';
import { attention } from '../../src/gpu/kernels/attention/attention.ts';
import type { AttentionTile } from '../../src/gpu/kernels/attention/attention-tile.ts';
import { conv, type ConvArguments, wholePart } from '../../src/gpu/kernels/image/conv.ts';
import type { ConvTile } from '../../src/gpu/kernels/image/conv-tile.ts';
import { copyImageRows } from '../../src/gpu/kernels/image/copy-image-rows.ts';
import { elementwise } from '../../src/gpu/kernels/rows/elementwise.ts';
import { type Expression, SUM } from '../../src/gpu/kernels/wgsl/expression.ts';
import type { Operand } from '../../src/gpu/kernels/wgsl/epilogue.ts';
import { groupNorm } from '../../src/gpu/kernels/image/group-norm.ts';
import { headNormRotary } from '../../src/gpu/kernels/rows/head-norm-rotary.ts';
import { wholeImage } from '../../src/gpu/kernels/image/image-buffer.ts';
import type {
	BoundRange,
	KernelDispatch,
	KernelTarget,
} from '../../src/gpu/kernels/dispatch/kernel-dispatch.ts';
import { linear, type LinearArguments } from '../../src/gpu/kernels/linear/linear.ts';
import type { LinearTile } from '../../src/gpu/kernels/linear/linear-tile.ts';
import { matrixAttention } from '../../src/gpu/kernels/matrix/matrix-attention.ts';
import { matrixLinear } from '../../src/gpu/kernels/matrix/matrix-linear.ts';
import { rowHalves } from '../../src/gpu/kernels/matrix/row-halves.ts';
import { rowNorm } from '../../src/gpu/kernels/rows/row-norm.ts';
import { transpose } from '../../src/gpu/kernels/rows/transpose.ts';
import { H100 } from '../fixtures/full-size-model.ts';

type Dispatches = readonly KernelDispatch<string>[];

/** Widens FP16 by integer arithmetic. */
const FLUSHING: KernelTarget = { ...H100, unpackKeepsSubnormals: false };

const LINEAR_TILE: LinearTile = {
	rows: 32,
	columns: 32,
	depth: 8,
	threadRows: 8,
	threadColumns: 8,
	xLayout: 'columns',
	staging: 'direct',
	unroll: 1,
	packedWeights: false,
	band: 1,
};

const ATTENTION_TILE: AttentionTile = {
	queries: 32,
	keys: 64,
	features: 8,
	values: 16,
	staging: 'direct',
	unroll: 1,
};

const CONV_TILE: ConvTile = {
	outChannels: 32,
	threadChannels: 8,
	width: 16,
	height: 4,
	depth: 4,
	prefetch: false,
};

const BIASED: Expression = { type: 'add', left: SUM, right: { type: 'operand', index: 0 } };
const GATED: Expression = {
	type: 'multiply',
	left: { type: 'silu', of: SUM },
	right: { type: 'sum', index: 1 },
};

/**
 * Every kernel, and the variants of it that its text has branches for, in small tiles of their own: another
 * sweep changes none of them.
 */
export const SHADER_CASES: Readonly<Record<string, Dispatches>> = {
	'linear-direct': linearCase({ depth: 96, columns: 264 }, LINEAR_TILE),
	'linear-prefetched-dual': linearCase(
		{ depth: 96, columns: 264, weights: [range('w0'), range('w1')], expression: GATED },
		{ ...LINEAR_TILE, threadRows: 16, staging: 'prefetched', unroll: 2, band: 8 },
	),
	'linear-double-packed': linearCase(
		{ depth: 100, columns: 264 },
		{ ...LINEAR_TILE, xLayout: 'rows', staging: 'double', unroll: 4, packedWeights: true },
	),
	'linear-unaligned-dual': linearCase(
		{
			...{ depth: 45, columns: 37, weights: [range('w0'), range('w1')] },
			expression: {
				type: 'add',
				left: { type: 'multiply', left: BIASED, right: { type: 'sum', index: 1 } },
				right: { type: 'operand', index: 1 },
			},
			operands: [operand('columns', 'f16'), operand('full', 'f32')],
		},
		{ ...LINEAR_TILE, unroll: 8 },
		FLUSHING,
	),
	'linear-side-dual': linearCase(
		{
			...{ depth: 96, columns: 264, weights: [range('w0'), range('w1')], expression: GATED },
			side: {
				...{ down: 'down', downColumns: 24, format: 'bf16' },
				parts: [undefined, { firstColumn: 8, rank: 16, up: range('up') }],
			},
		},
		{ ...LINEAR_TILE, staging: 'double' },
	),
	'linear-f32-weights': linearCase({ depth: 96, columns: 264, format: 'f32' }, LINEAR_TILE),
	mix: mix.dispatches(
		{
			...{ label: 'mix', x: 'x', weight: range('w1'), output: 'y', rows: 70 },
			...{ columns: 40, firstColumn: 8, inner: 5, width: 16 },
		},
		H100,
	),
	'weight-squares-low-rank': weightSquares.dispatches(
		{
			...{ label: 'squares', weight: range('w'), output: range('y'), depth: 96, outFeatures: 40 },
			over: 'inputs',
			change: {
				...{ type: 'low-rank', rank: 8 },
				...{ down: range('down'), scales: range('scales'), up: range('up') },
			},
		},
		H100,
	),
	'weight-squares-kronecker': weightSquares.dispatches(
		{
			...{ label: 'squares', weight: range('w'), output: range('y'), depth: 96, outFeatures: 40 },
			over: 'outputs',
			change: {
				...{ type: 'kronecker', outer: range('w1'), inner: range('w2'), firstColumn: 4 },
				...{ outerInputs: 8, innerInputs: 12, innerOutputs: 11 },
			},
		},
		FLUSHING,
	),
	'attention-direct': attentionCase(64, ATTENTION_TILE),
	'attention-double-masked': attentionCase(
		128,
		{ ...ATTENTION_TILE, keys: 128, staging: 'double', values: 32, unroll: 2 },
		'mask',
	),
	'conv-3x3-normed-prefetched': convCase(
		{ kernel: 3, affine: 'affine', expression: BIASED, operands: [operand('rows', 'f16')] },
		{ ...CONV_TILE, prefetch: true },
	),
	'conv-3x3-upscaled-accumulated': convCase(
		{ kernel: 3, upscale: 2, inChannels: 7, width: 22, accumulate: true },
		{ ...CONV_TILE, threadChannels: 4, depth: 3 },
		FLUSHING,
	),
	'conv-1x1': convCase(
		{ kernel: 1, expression: BIASED, operands: [operand('full', 'f32')] },
		CONV_TILE,
	),
	'group-norm-moments': groupNormCase().slice(0, 1),
	'group-norm-affine': groupNormCase().slice(-1),
	'copy-image-rows': copyImageRows(
		{
			...{ label: 'copy', x: wholeImage('x', 24), output: wholeImage('y', 8), width: 16 },
			...{ channels: { start: 0, count: 4 }, rows: { start: 2, count: 6 } },
		},
		H100,
	),
	'row-norm-rms': rowNormCase('rms', 3840, [operand('columns', 'f16')], H100),
	'row-norm-layer-unaligned': rowNormCase('layer', 101, [operand('columns', 'f32')], FLUSHING),
	elementwise: elementwise.dispatches(
		{
			...{ label: 'elementwise', output: 'y', rows: 70, columns: 100 },
			expression: {
				type: 'multiply',
				left: { type: 'operand', index: 0 },
				right: { type: 'tanh', of: { type: 'operand', index: 1 } },
			},
			operands: [operand('full', 'f32'), operand('rows', 'f32')],
		},
		H100,
	),
	'head-norm-rotary-interleaved': rotaryCase(true, H100),
	'head-norm-rotary-halves': rotaryCase(false, FLUSHING),
	'transpose-affine': transpose.dispatches(
		{ label: 'transpose', x: 'x', affine: 'affine', output: 'y', rows: 45, columns: 70 },
		H100,
	),
	'row-halves': rowHalves.dispatches(
		{ label: 'halves', x: 'x', halves: 'y', scales: 'scales', rows: 100, parts: 2, depth: 64 },
		H100,
	),
	'matrix-linear': matrixLinearCase('template', { columns: 256 }),
	'matrix-linear-dual': matrixLinearCase('argument', {
		...{ columns: 128, weights: [range('w0'), range('w1')], expression: GATED },
	}),
	'matrix-attention': matrixAttention.dispatches(
		{
			...{ label: 'matrix attention', output: 'y', syntax: 'template', scale: 1 / 8 },
			...{ q: headHalves('q'), k: headHalves('k'), v: headHalves('v') },
			...{ queries: 70, keys: 75, heads: 4, keyValueHeads: 2, headDim: 32 },
			tile: { subgroups: 2, keys: 32 },
		},
		H100,
	),
};

function range(ref: string): BoundRange<string> {
	return { ref, byteOffset: 0, byteLength: 1024 };
}

function operand(
	layout: Operand<string>['layout'],
	format: Operand<string>['format'],
): Operand<string> {
	return { ...range('operand'), layout, format, elementOffset: 0 };
}

function linearCase(
	args: Pick<LinearArguments<string>, 'depth' | 'columns'> & Partial<LinearArguments<string>>,
	tile: LinearTile,
	target: KernelTarget = H100,
): Dispatches {
	const weights = [range('w0')];
	const whole = { label: 'linear', x: 'x', weights, output: 'y', rows: 150, expression: SUM };
	return linear.dispatches({ ...whole, operands: [], ...args, tile }, target);
}

function attentionCase(headDim: number, tile: AttentionTile, mask?: string): Dispatches {
	return attention.dispatches(
		{
			...{ label: 'attention', q: 'q', k: 'k', v: 'v', output: 'y', scale: 1 / 8, tile },
			...{ queries: 70, keys: 133, heads: 4, keyValueHeads: 2, headDim },
			...(mask === undefined ? {} : { mask }),
		},
		H100,
	);
}

function convCase(
	{
		accumulate = false,
		...args
	}: Pick<ConvArguments<string>, 'kernel'> &
		Partial<ConvArguments<string>> & { readonly accumulate?: boolean },
	tile: ConvTile,
	target: KernelTarget = H100,
): Dispatches {
	const extents = { inChannels: 16, outChannels: 40, height: 12, width: 24 };
	const whole: ConvArguments<string> = {
		...{ label: 'conv', x: wholeImage('x', 12), output: wholeImage('y', 12), upscale: 1 },
		...{ weight: range('w'), expression: SUM, operands: [], ...extents, ...args, tile },
	};
	return conv.dispatches({ ...whole, part: { ...wholePart(whole), accumulate } }, target);
}

function groupNormCase(): Dispatches {
	return groupNorm.dispatches(
		{
			...{ label: 'norm', x: 'x', weight: range('weight'), bias: range('bias') },
			...{ moments: 'moments', affine: 'affine' },
			...{ channels: 8, pixels: 18000, groups: 2, epsilon: 1e-6 },
		},
		H100,
	);
}

function rowNormCase(
	statistics: 'rms' | 'layer',
	columns: number,
	operands: readonly Operand<string>[],
	target: KernelTarget,
): Dispatches {
	const factor: Expression = { type: 'operand', index: 0 };
	return rowNorm.dispatches(
		{
			...{ label: 'norm', statistics, epsilon: 1e-5, x: 'x', output: 'y', rows: 3, columns },
			...{ expression: { type: 'multiply', left: SUM, right: factor }, operands },
		},
		target,
	);
}

function rotaryCase(interleaved: boolean, target: KernelTarget): Dispatches {
	return headNormRotary.dispatches(
		{
			...{ label: 'rotary', x: 'x', weight: range('weight'), cos: 'cos', sin: 'sin', output: 'y' },
			...{ tokens: 5, heads: 3, headDim: 128, epsilon: 1e-5, interleaved },
		},
		target,
	);
}

function matrixLinearCase(
	syntax: 'template' | 'argument',
	args: Pick<LinearArguments<string>, 'columns'> & Partial<LinearArguments<string>>,
): Dispatches {
	return matrixLinear.dispatches(
		{
			...{ label: 'matrix linear', x: 'halves', scales: 'scales', weights: [range('w0')] },
			...{ output: 'y', rows: 100, depth: 64, expression: SUM, operands: [], ...args, syntax },
			tile: { rows: 64, columns: 64, depth: 32, partRows: 32, partColumns: 32 },
		},
		H100,
	);
}

function headHalves(tensor: string): { readonly halves: string; readonly scales: string } {
	return { halves: `${tensor} halves`, scales: `${tensor} scales` };
}
