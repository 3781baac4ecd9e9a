import { checkLayers } from '../checks/check-layer.ts';
import type { CheckTensors } from '../checks/check-tensors.ts';
import { at } from '../checks/float64.ts';
import type { KernelCheck } from '../checks/kernel-check.ts';
import { tileChecks } from '../checks/tile-checks.ts';
import type { KernelTarget } from '../dispatch/kernel-dispatch.ts';
import type { Operand } from '../wgsl/epilogue.ts';
import { type Expression, SUM } from '../wgsl/expression.ts';
import { linear } from './linear.ts';
import { LINEAR_TILES } from './linear-tiles.ts';

/** More than a band of the tallest tiles and a tile of columns, by a part of one; whole slices, as layers have them. */
const EXTENTS = { rows: 1034, depth: 64, columns: 136 };
/** Three slices of 16, the last in part: another shader. */
const PARTIAL_DEPTH = 36;
const DISTINCT_ROWS = 7;
/** Of x, so that SiLU is asked for what lies far from zero. */
const LARGE = 100;

/** Linear layers with one weight and two, in every tile in use: they are other shaders. */
export function linearChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	// A software GPU compiles for seconds: its one tile is tested with both weights.
	if (target.compilesSlowly) return layerChecks(tensors, target, { ...EXTENTS, magnitude: 1 });
	return [
		...layerChecks(tensors, target, { ...EXTENTS, magnitude: 1 }),
		...layerChecks(tensors, target, { ...EXTENTS, magnitude: LARGE }),
		...operandChecks(tensors, target),
		...partialChecks(tensors, target),
	];
}

interface Extents {
	readonly rows: number;
	readonly depth: number;
	readonly columns: number;
	readonly magnitude: number;
}

function layerChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
	extents: Extents,
): readonly KernelCheck<Ref>[] {
	const made = checkLayers(tensors, { ...extents, distinctRows: DISTINCT_ROWS });
	const layers = target.compilesSlowly ? [made.dual] : [made.dual, made.single];
	return layers.flatMap(({ isDual, weights, expression, expected }) =>
		tileChecks(linear, { kind: { isDual }, expected }, tensors, target, (output, cut) => {
			const layer = { label: 'self-test linear', x: made.x, weights, output, ...extents };
			return linear.dispatches({ ...layer, expression, operands: [], ...cut }, target);
		}),
	);
}

/** (x·W + bias) · gate + residual, with an operand of each layout. */
function operandChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	const { rows, columns } = EXTENTS;
	const { x, single } = checkLayers(tensors, {
		...EXTENTS,
		...{ distinctRows: DISTINCT_ROWS, magnitude: 1 },
	});
	const bias = tensors.halves(columns);
	const gate = tensors.values(rows);
	const residual = tensors.values(rows * columns);
	const whole = (ref: Ref, elements: number) => ({
		...{ ref, byteOffset: 0, byteLength: 4 * elements, elementOffset: 0 },
		format: 'f32' as const,
	});
	const operands: readonly Operand<Ref>[] = [
		{ ...bias.range, layout: 'columns', format: 'f16', elementOffset: 0 },
		{ ...whole(tensors.upload(gate), rows), layout: 'rows' },
		{ ...whole(tensors.upload(residual), rows * columns), layout: 'full' },
	];
	const operand = (index: number): Expression => ({ type: 'operand', index });
	const biased: Expression = { type: 'add', left: SUM, right: operand(0) };
	const gated: Expression = { type: 'multiply', left: biased, right: operand(1) };
	const expression: Expression = { type: 'add', left: gated, right: operand(2) };
	const expected = single.expected.map((sum, i) => {
		const row = Math.floor(i / columns);
		return (sum + at(bias.values, i % columns)) * at(gate, row) + at(residual, i);
	});
	const kind = { isDual: false };
	return tileChecks(linear, { kind, expected }, tensors, target, (output, cut) => {
		const layer = { label: 'self-test linear', x, weights: single.weights, output, ...EXTENTS };
		return linear.dispatches({ ...layer, expression, operands, ...cut }, target);
	});
}

/** A depth that is no whole number of slices, in the tile that it is given. */
function partialChecks<Ref>(
	tensors: CheckTensors<Ref>,
	target: KernelTarget,
): readonly KernelCheck<Ref>[] {
	const extents = { ...EXTENTS, depth: PARTIAL_DEPTH };
	const { x, single } = checkLayers(tensors, {
		...extents,
		...{ distinctRows: DISTINCT_ROWS, magnitude: 1 },
	});
	const { weights, expression, expected } = single;
	const size = { elements: extents.rows * extents.columns, rows: extents.rows };
	const tile = LINEAR_TILES.choose({ isDual: false }, size, target);
	const output = tensors.output(expected.length);
	const layer = { label: 'self-test linear', x, weights, output, ...extents, tile };
	return [
		{
			kernel: 'linear',
			tile: LINEAR_TILES.name(tile),
			tileId: LINEAR_TILES.id(tile, { isDual: false }),
			dispatches: linear.dispatches({ ...layer, expression, operands: [] }, target),
			output,
			expected,
		},
	];
}
