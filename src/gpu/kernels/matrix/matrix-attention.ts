import type { Kernel } from '../dispatch/kernel.ts';
import type { AttentionArguments } from '../attention/attention.ts';
import {
	type BoundRange,
	F32_BYTES,
	type KernelDispatch,
	type KernelTarget,
	type MatrixSyntax,
} from '../dispatch/kernel-dispatch.ts';
import { f32Rows, splitRows } from '../dispatch/row-ranges.ts';
import type { MatrixAttentionTile } from './matrix-attention-tile.ts';
import { MATRIX_ATTENTION_TILES } from './matrix-attention-tiles.ts';
import {
	MATRIX_ATTENTION_JOB,
	matrixAttentionBindings,
	type MatrixAttentionShader,
	matrixAttentionWgsl,
} from './matrix-attention-wgsl.ts';
import { MATRIX_SIZE } from './matrix-units.ts';
import { halvesBytes } from './row-halves.ts';

/** One tensor of heads, as `rowHalves` makes it with a part for each head. */
export interface HeadHalves<Ref> {
	/** FP16 [tokens, heads, headDim], tokens padded */
	readonly halves: Ref;
	/** f32 [tokens, heads] */
	readonly scales: Ref;
}

export interface MatrixAttentionArguments<Ref> extends Omit<
	AttentionArguments<Ref>,
	'q' | 'k' | 'v' | 'mask' | 'tile'
> {
	readonly q: HeadHalves<Ref>;
	readonly k: HeadHalves<Ref>;
	readonly v: HeadHalves<Ref>;
	readonly syntax: MatrixSyntax;
	/** For the bench; else chosen by adapter. */
	readonly tile?: MatrixAttentionTile;
}

function dispatches<Ref>(
	args: MatrixAttentionArguments<Ref>,
	target: KernelTarget,
): readonly KernelDispatch<Ref>[] {
	const { queries, keys, heads, keyValueHeads, headDim, syntax } = args;
	const tile =
		args.tile ?? MATRIX_ATTENTION_TILES.choose({ headDim }, { elements: queries * heads }, target);
	if (tile === undefined) throw new RangeError(`No tile of matrices holds heads of ${headDim}`);
	const tileQueries = tile.subgroups * MATRIX_SIZE;
	const whole = (ref: Ref, byteLength: number): BoundRange<Ref> => {
		if (byteLength > target.limits.maxStorageBufferBindingSize) {
			throw new RangeError(`Heads of ${queries} tokens exceed a binding`);
		}
		return { ref, byteOffset: 0, byteLength };
	};
	const halvesOf = (tokens: number, ofHeads: number, { halves }: HeadHalves<Ref>) =>
		whole(halves, halvesBytes(tokens, ofHeads * headDim));
	const scalesOf = (tokens: number, ofHeads: number, { scales }: HeadHalves<Ref>) =>
		whole(scales, tokens * ofHeads * F32_BYTES);
	const inputs = {
		q: halvesOf(queries, heads, args.q),
		qScales: scalesOf(queries, heads, args.q),
		k: halvesOf(keys, keyValueHeads, args.k),
		kScales: scalesOf(keys, keyValueHeads, args.k),
		v: halvesOf(keys, keyValueHeads, args.v),
		vScales: scalesOf(keys, keyValueHeads, args.v),
	};
	const shader: MatrixAttentionShader = { tile, headDim, syntax };
	const [wgsl, bindings] = [matrixAttentionWgsl(shader), matrixAttentionBindings(shader)];
	const width = heads * headDim;
	const flopsPerRow = 4 * keys * width;
	const ranges = splitRows(queries, width * F32_BYTES, flopsPerRow, target);
	return ranges.map((range) => ({
		label: args.label,
		wgsl,
		job: MATRIX_ATTENTION_JOB.encode({
			...{ queries: range.count, keys, heads, keyValueHeads },
			scale: args.scale * Math.LOG2E,
			...{ firstQuery: range.start, allQueries: queries },
		}),
		bindings: bindings.ranges({ ...inputs, y: f32Rows(args.output, width, range) }),
		workgroups: [Math.ceil(range.count / tileQueries), heads, 1],
		flops: flopsPerRow * range.count,
		// Keys and values are read over and over, out of caches: their time is the arithmetic's.
		bytes: 2 * range.count * width * F32_BYTES,
	}));
}

/**
 * softmax(scale · q·kᵀ)·v of each head on matrix units: FP16 factors, f32 sums. As `attention`, without a mask.
 *
 * @throws RangeError for heads that no tile holds, or that no binding holds
 */
export const matrixAttention = {
	name: 'matrix-attention',
	tiles: MATRIX_ATTENTION_TILES,
	shader: matrixAttentionWgsl,
	dispatches,
} satisfies Kernel<MatrixAttentionShader>;
