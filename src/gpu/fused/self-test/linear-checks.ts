import { SUM } from '../../kernels/expression.ts';
import type { KernelTarget } from '../../kernels/kernel-dispatch.ts';
import { linear } from '../../kernels/linear.ts';
import { linearTileName, linearTilesInUse } from '../../kernels/linear-tiles.ts';
import type { CheckTensors } from './check-tensors.ts';
import { at, product, repeated, silu } from './float64.ts';
import type { KernelCheck } from './kernel-check.ts';

/** More than a tile each way, by a part of one; three slices of 16, the last in part. */
const [ROWS, DEPTH, COLUMNS] = [134, 36, 136];
/** After which x and the result repeat: the reference takes little time. Odd, unlike the extents of tiles. */
const DISTINCT_ROWS = 7;

/** x·W0 and SiLU(x·W0) · (x·W1) in every tile in use: they are other shaders. W has subnormals. */
export function linearChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	const x = tensors.values(ROWS * DEPTH, DISTINCT_ROWS * DEPTH);
	const input = tensors.upload(x);
	const weights = [tensors.halves(DEPTH * COLUMNS), tensors.halves(DEPTH * COLUMNS)];
	const [gate, up] = weights.map(({ values }) =>
		product(x.subarray(0, DISTINCT_ROWS * DEPTH), values, DEPTH),
	);
	const gated = gate.map((sum, i) => silu(sum) * at(up, i));
	const [expectedSums, expectedGated] = [gate, gated].map((sums) => repeated(sums, ROWS * COLUMNS));
	const gatedSum = {
		type: 'multiply',
		left: { type: 'silu', of: SUM },
		right: { type: 'sum', index: 1 },
	} as const;
	return [true, false].flatMap((isDual) => {
		// A software GPU compiles for seconds: its one tile is tested with both weights.
		const only = isDual ? [undefined] : [];
		const tiles = target.compilesSlowly ? only : linearTilesInUse(isDual, target);
		return tiles.map((tile) => {
			const output = tensors.output(ROWS * COLUMNS);
			const dispatches = linear(
				{
					label: 'self-test linear',
					x: input,
					weights: weights.slice(0, isDual ? 2 : 1).map(({ range }) => range),
					output,
					rows: ROWS,
					depth: DEPTH,
					columns: COLUMNS,
					expression: isDual ? gatedSum : SUM,
					operands: [],
					...(tile === undefined ? {} : { tile }),
				},
				target,
			);
			return {
				kernel: 'linear',
				...(tile === undefined ? {} : { tile: linearTileName(tile) }),
				dispatches,
				output,
				expected: isDual ? expectedGated : expectedSums,
			};
		});
	});
}
