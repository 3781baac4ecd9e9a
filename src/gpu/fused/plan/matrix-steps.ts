import { MAX_OPERANDS } from '../../kernels/wgsl/epilogue.ts';
import type { KernelTarget } from '../../kernels/dispatch/kernel-dispatch.ts';
import { MATRIX_ATTENTION_TILES } from '../../kernels/matrix/matrix-attention-tiles.ts';
import { MATRIX_LINEAR_TILES } from '../../kernels/matrix/matrix-linear-tiles.ts';
import { halvesBytes } from '../../kernels/matrix/row-halves.ts';
import { evaluateExtent, extent, type Extent, type ExtentValues } from '../../../graph/extent.ts';
import { withoutSide } from './without-side.ts';
import type { AttentionStep, HalvesOf, LinearStep, PlanStep, RowHalvesStep } from './plan-step.ts';

/** Below it a layer takes the time of reading its weights, whatever multiplies them. */
const LEAST_ROWS = 64;

/**
 * The same steps on the target's matrix units, if it has any: linear layers and attention, where whole tiles
 * cover them. Each input is converted to FP16 once and shared.
 */
export function matrixSteps(
	steps: readonly PlanStep[],
	extents: ExtentValues,
	target: Pick<KernelTarget, 'limits' | 'matrices'>,
): readonly PlanStep[] {
	if (target.matrices === undefined) return steps;
	const made = new Set<string>();
	return steps.flatMap((step): readonly PlanStep[] => {
		const halves = (x: string, rows: Extent, parts: number, depth: number): RowHalvesStep => ({
			type: 'row-halves',
			x,
			output: `${x} halves of ${parts}`,
			scales: `${x} scales of ${parts}`,
			rows,
			columns: extent(parts * depth),
			parts,
		});
		const firstTime = (needed: readonly RowHalvesStep[]): readonly RowHalvesStep[] => {
			const fresh = needed.filter(({ output }) => !made.has(output));
			for (const { output } of fresh) made.add(output);
			return fresh;
		};
		if (step.type === 'linear' && gainsAsLinear(step, extents, target)) {
			const x = halves(step.x, step.rows, 1, step.depth);
			const { before, step: plain } = withoutSide(step);
			return [...before, ...firstTime([x]), { ...plain, type: 'matrix-linear', x: halvesOf(x) }];
		}
		if (step.type === 'attention' && gainsAsAttention(step, extents, target)) {
			const { rows, keys, heads, keyValueHeads, headDim } = step;
			const [q, k, v] = [
				halves(step.q, rows, heads, headDim),
				halves(step.k, keys, keyValueHeads, headDim),
				halves(step.v, keys, keyValueHeads, headDim),
			] as const;
			return [
				...firstTime([q, k, v]),
				{
					...step,
					type: 'matrix-attention',
					q: halvesOf(q),
					k: halvesOf(k),
					v: halvesOf(v),
				},
			];
		}
		return [step];
	});
}

function halvesOf({ output, scales }: RowHalvesStep): HalvesOf {
	return { halves: output, scales };
}

function gainsAsLinear(
	step: LinearStep,
	extents: ExtentValues,
	target: Pick<KernelTarget, 'limits'>,
): boolean {
	const rows = evaluateExtent(step.rows, extents);
	const columns = evaluateExtent(step.columns, extents);
	const layer = { depth: step.depth, columns, weights: step.weights.length };
	return (
		rows >= LEAST_ROWS &&
		step.weights.every(({ format }) => format === 'f16') &&
		withoutSide(step).step.operands.length <= MAX_OPERANDS &&
		halvesBytes(rows, step.depth) <= target.limits.maxStorageBufferBindingSize &&
		MATRIX_LINEAR_TILES.choose(layer, { elements: rows * columns }, target) !== undefined
	);
}

function gainsAsAttention(
	step: AttentionStep,
	extents: ExtentValues,
	target: Pick<KernelTarget, 'limits'>,
): boolean {
	const { heads, keyValueHeads, headDim } = step;
	const rows = evaluateExtent(step.rows, extents);
	const keys = evaluateExtent(step.keys, extents);
	const bytes = Math.max(
		halvesBytes(rows, heads * headDim),
		halvesBytes(keys, keyValueHeads * headDim),
	);
	return (
		step.mask === undefined &&
		rows >= LEAST_ROWS &&
		bytes <= target.limits.maxStorageBufferBindingSize &&
		MATRIX_ATTENTION_TILES.choose({ headDim }, { elements: rows * heads }, target) !== undefined
	);
}
