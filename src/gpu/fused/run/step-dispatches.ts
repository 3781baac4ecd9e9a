import { mix } from '../../kernels/adapter/mix.ts';
import { type ChangeArguments, weightSquares } from '../../kernels/adapter/weight-squares.ts';
import { attention } from '../../kernels/attention/attention.ts';
import { conv } from '../../kernels/image/conv.ts';
import { elementwise } from '../../kernels/rows/elementwise.ts';
import type { Operand } from '../../kernels/wgsl/epilogue.ts';
import { groupNorm } from '../../kernels/image/group-norm.ts';
import { headNormRotary } from '../../kernels/rows/head-norm-rotary.ts';
import { wholeImage } from '../../kernels/image/image-buffer.ts';
import {
	type BoundRange,
	F16_BYTES,
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
	type MatrixUnits,
} from '../../kernels/dispatch/kernel-dispatch.ts';
import { linear, type LinearSideArguments } from '../../kernels/linear/linear.ts';
import { type HeadHalves, matrixAttention } from '../../kernels/matrix/matrix-attention.ts';
import { matrixLinear } from '../../kernels/matrix/matrix-linear.ts';
import { rowHalves } from '../../kernels/matrix/row-halves.ts';
import { rowNorm } from '../../kernels/rows/row-norm.ts';
import { transpose } from '../../kernels/rows/transpose.ts';
import { evaluateExtent, type ExtentValues } from '../../../graph/extent.ts';
import type {
	HalvesOf,
	PlanChange,
	PlanOperand,
	PlanSide,
	PlanStep,
	PlanTensor,
	PlanWeight,
} from '../plan/plan-step.ts';

/** A step's dispatches for known extents. @throws RangeError where it does not fit the device */
export function stepDispatches(
	graphName: string,
	step: PlanStep,
	extents: ExtentValues,
	target: KernelTarget,
): readonly KernelDispatch<PlanTensor>[] {
	const label = `${graphName} ${step.output}`;
	const rows = evaluateExtent(step.rows, extents);
	const columns = evaluateExtent(step.columns, extents);
	const output = valueTensor(step.output);
	switch (step.type) {
		case 'linear': {
			const { depth, expression } = step;
			const weights = step.weights.map(weightRange);
			const operands = boundOperands(step.operands, extents);
			const x = valueTensor(step.x);
			const format = step.weights[0]?.format ?? 'f16';
			return linear.dispatches(
				{
					...{ label, x, weights, format, output, rows, depth, columns, expression, operands },
					...(step.side === undefined ? {} : { side: boundSide(step.side) }),
				},
				target,
			);
		}
		case 'row-norm': {
			const { statistics, epsilon, expression } = step;
			const operands = boundOperands(step.operands, extents);
			const x = valueTensor(step.x);
			return rowNorm.dispatches(
				{ label, x, statistics, epsilon, output, rows, columns, expression, operands },
				target,
			);
		}
		case 'elementwise': {
			const operands = boundOperands(step.operands, extents);
			const { expression } = step;
			return elementwise.dispatches({ label, output, rows, columns, expression, operands }, target);
		}
		case 'conv': {
			const { inChannels, kernel, upscale, expression, affine } = step;
			const height = evaluateExtent(step.height, extents);
			return conv.dispatches(
				{
					label,
					x: wholeImage(valueTensor(step.x), height / upscale),
					...(affine === undefined ? {} : { affine: valueTensor(affine) }),
					weight: weightRange(step.weight),
					output: wholeImage(output, height),
					inChannels,
					outChannels: rows,
					height,
					width: evaluateExtent(step.width, extents),
					kernel,
					upscale,
					expression,
					operands: boundOperands(step.operands, extents),
				},
				target,
			);
		}
		case 'group-norm': {
			const { channels, groups, epsilon } = step;
			return groupNorm.dispatches(
				{
					label,
					x: valueTensor(step.x),
					weight: weightRange(step.weight),
					bias: weightRange(step.bias),
					moments: valueTensor(step.moments),
					affine: output,
					channels,
					pixels: evaluateExtent(step.pixels, extents),
					groups,
					epsilon,
				},
				target,
			);
		}
		case 'transpose': {
			const { affine } = step;
			return transpose.dispatches(
				{
					label,
					x: valueTensor(step.x),
					...(affine === undefined ? {} : { affine: valueTensor(affine) }),
					output,
					rows: columns,
					columns: rows,
				},
				target,
			);
		}
		case 'head-norm-rotary': {
			const { heads, headDim, epsilon, interleaved, weight } = step;
			const isValue = typeof weight === 'string';
			return headNormRotary.dispatches(
				{
					label,
					x: valueTensor(step.x),
					weight: isValue
						? { ref: valueTensor(weight), byteOffset: 0, byteLength: headDim * F32_BYTES }
						: weightRange(weight),
					weightFormat: isValue ? 'f32' : 'f16',
					cos: valueTensor(step.cos),
					sin: valueTensor(step.sin),
					output,
					tokens: rows,
					heads,
					headDim,
					epsilon,
					interleaved,
				},
				target,
			);
		}
		case 'mix': {
			const { firstColumn, inner, width } = step;
			return mix.dispatches(
				{
					...{ label, x: valueTensor(step.x), weight: weightRange(step.weight), output },
					...{ rows, columns, firstColumn, inner, width },
				},
				target,
			);
		}
		case 'weight-squares': {
			const { depth, outFeatures, over } = step;
			return weightSquares.dispatches(
				{
					...{ label, weight: weightRange(step.weight), depth, outFeatures, over },
					change: boundChange(step.change),
					output: { ref: output, byteOffset: 0, byteLength: columns * F32_BYTES },
				},
				target,
			);
		}
		case 'row-halves': {
			const { parts } = step;
			return rowHalves.dispatches(
				{
					label,
					x: valueTensor(step.x),
					halves: output,
					scales: valueTensor(step.scales),
					rows,
					parts,
					depth: columns / parts,
				},
				target,
			);
		}
		case 'matrix-linear': {
			const { depth, expression } = step;
			const { halves: x, scales } = halvesTensors(step.x);
			const weights = step.weights.map(weightRange);
			const operands = boundOperands(step.operands, extents);
			const { syntax } = matrixUnits(target);
			return matrixLinear.dispatches(
				{
					...{ label, x, scales, weights, output, rows, depth, columns },
					...{ expression, operands, syntax },
				},
				target,
			);
		}
		case 'matrix-attention': {
			const { heads, keyValueHeads, headDim, scale } = step;
			return matrixAttention.dispatches(
				{
					label,
					q: halvesTensors(step.q),
					k: halvesTensors(step.k),
					v: halvesTensors(step.v),
					output,
					queries: rows,
					keys: evaluateExtent(step.keys, extents),
					heads,
					keyValueHeads,
					headDim,
					scale,
					syntax: matrixUnits(target).syntax,
				},
				target,
			);
		}
		case 'attention': {
			const { heads, keyValueHeads, headDim, scale, mask } = step;
			return attention.dispatches(
				{
					label,
					q: valueTensor(step.q),
					k: valueTensor(step.k),
					v: valueTensor(step.v),
					...(mask === undefined ? {} : { mask: valueTensor(mask) }),
					output,
					queries: rows,
					keys: evaluateExtent(step.keys, extents),
					heads,
					keyValueHeads,
					headDim,
					scale,
				},
				target,
			);
		}
	}
}

function halvesTensors({ halves, scales }: HalvesOf): HeadHalves<PlanTensor> {
	return { halves: valueTensor(halves), scales: valueTensor(scales) };
}

function matrixUnits({ matrices }: KernelTarget): MatrixUnits {
	if (matrices === undefined) throw new RangeError('This device has no matrix units');
	return matrices;
}

export function valueTensor(name: string): PlanTensor {
	return { type: 'value', name };
}

export function weightRange({ tensor, elements, format }: PlanWeight): BoundRange<PlanTensor> {
	const byteLength = format === 'f32' ? elements * F32_BYTES : f16Bytes(elements);
	return { ref: { type: 'weight', tensor }, byteOffset: 0, byteLength };
}

function boundChange(change: PlanChange): ChangeArguments<PlanTensor> {
	return change.type === 'low-rank'
		? {
				...change,
				down: weightRange(change.down),
				scales: weightRange(change.scales),
				up: weightRange(change.up),
			}
		: { ...change, outer: weightRange(change.outer), inner: weightRange(change.inner) };
}

function boundSide({ down, downColumns, parts }: PlanSide): LinearSideArguments<PlanTensor> {
	return {
		down: valueTensor(down),
		downColumns,
		format: parts.find((part) => part !== undefined)?.up.format ?? 'f16',
		parts: parts.map((part) => part && { ...part, up: weightRange(part.up) }),
	};
}

/** Bindings are of whole u32s; a shard's tensors are padded to more. */
function f16Bytes(elements: number): number {
	return Math.ceil(elements / 2) * 2 * F16_BYTES;
}

export function boundOperands(
	operands: readonly PlanOperand[],
	extents: ExtentValues,
): readonly Operand<PlanTensor>[] {
	return operands.map(({ tensor, layout, format, elementOffset, elements }) => {
		const count = evaluateExtent(elements, extents);
		return {
			ref: tensor,
			layout,
			format,
			byteOffset: 0,
			byteLength: format === 'f32' ? count * F32_BYTES : f16Bytes(count),
			elementOffset,
		};
	});
}
