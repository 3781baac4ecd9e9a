import type { Expression } from '../../kernels/wgsl/expression.ts';
import type { ConvStep, GroupNormStep, PlanOperand, PlanStep } from './plan-step.ts';

/**
 * y = skip(u) + conv2(SiLU(norm2(conv1(SiLU(norm1(u)))))), where u is x or its upscaled convolution and
 * skip is u itself or a 1x1 convolution of it: a decoder's residual stage.
 */
export interface ResidualStage {
	readonly x: string;
	readonly y: string;
	readonly upsample: ConvStep | undefined;
	readonly norm1: GroupNormStep;
	readonly conv1: ConvStep;
	readonly norm2: GroupNormStep;
	readonly conv2: ConvStep;
	readonly shortcut: ConvStep | undefined;
}

/** Finds a residual stage in a graph's steps; undefined if they are anything else. */
export function asResidualStage(steps: readonly PlanStep[]): ResidualStage | undefined {
	const producers = new Map(steps.map((step) => [step.output, step]));
	const convOf = (value: string | undefined): ConvStep | undefined => {
		const step = producers.get(value ?? '');
		return step?.type === 'conv' && isSum(step.expression) ? step : undefined;
	};
	const normOf = (conv: ConvStep): GroupNormStep | undefined => {
		const step = producers.get(conv.affine ?? '');
		return step?.type === 'group-norm' && step.x === conv.x ? step : undefined;
	};
	const conv2 = convOf(steps.at(-1)?.output);
	const conv1 = convOf(conv2?.x);
	if (conv1 === undefined || conv2 === undefined) return undefined;
	const [norm1, norm2] = [normOf(conv1), normOf(conv2)];
	const skip = skipOf(conv2);
	if (norm1 === undefined || norm2 === undefined || skip === undefined) return undefined;
	const u = conv1.x;
	const shortcut = convOf(skip);
	const skipsFromU = skip === u || shortcut?.x === u;
	const upsample = convOf(u);
	const members: readonly (PlanStep | undefined)[] = [
		upsample,
		norm1,
		conv1,
		norm2,
		conv2,
		shortcut,
	];
	const isPlain = [upsample, conv1, shortcut].every(
		(conv) => conv === undefined || skipOf(conv) === undefined,
	);
	const isWhole = steps.every((step) => members.includes(step));
	const kernels = conv1.kernel === 3 && conv2.kernel === 3;
	if (!skipsFromU || !isPlain || !isWhole || !kernels) return undefined;
	const x = upsample?.x ?? u;
	return { x, y: conv2.output, upsample, norm1, conv1, norm2, conv2, shortcut };
}

/** The bias that a convolution adds. */
export function biasOf({ operands }: ConvStep): PlanOperand | undefined {
	return operands.find(({ layout }) => layout === 'rows');
}

/** The image that a convolution adds. */
function skipOf({ operands }: ConvStep): string | undefined {
	const image = operands.find(({ layout }) => layout === 'full');
	return image?.tensor.type === 'value' ? image.tensor.name : undefined;
}

/** True if a formula only adds. */
function isSum(expression: Expression): boolean {
	switch (expression.type) {
		case 'sum':
		case 'operand':
			return true;
		case 'add':
			return isSum(expression.left) && isSum(expression.right);
		case 'constant':
		case 'sigmoid':
		case 'silu':
		case 'tanh':
		case 'inverse-sqrt':
		case 'subtract':
		case 'multiply':
			return false;
	}
}
