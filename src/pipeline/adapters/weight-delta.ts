import type { AdapterInUse, FactoredMatrix } from '../../adapters/adapter.ts';
import { readFactor } from '../../adapters/factor.ts';
import { fixedExtent } from '../../graph/extent.ts';
import {
	asMatrix,
	type ComputedNode,
	type Tensor,
	type WeightChange,
	type WeightFormat,
	type WeightValue,
} from '../../graph/graph.ts';
import type { GraphBuilder } from '../../graph/graph-builder.ts';
import {
	type AdapterReaders,
	type FactorValues,
	formatOf,
	placeTurned,
	readAs,
	readerOf,
	rowsOf,
} from './factor-values.ts';
import type { UsedChange } from './layer-changes.ts';
import { type LowRankTerm, lowRankTerm } from './low-rank-term.ts';
import type { SideBuilder } from './side-builder.ts';

/** Ranks are padded with zeros to whole vectors of weights. */
export const RANK_MULTIPLE = 8;

/** strength · D · x of one change, computed by itself. */
export function weightDelta(
	x: Tensor,
	used: UsedChange,
	side: SideBuilder,
	g: GraphBuilder,
): ComputedNode {
	const { use, change, name } = used;
	const term = lowRankTerm(use, change);
	if (term !== undefined) {
		const { down, up } = lowRankFactors(term, used, side, 'f32');
		const [, rank] = down.shape.map(fixedExtent);
		const gains = side.gain(`${name} gains`, [rank], (target, strengths) => {
			target.fill(term.scale * (strengths.get(use.hash) ?? 0));
		});
		return g.product(g.multiply(g.product(x, down), gains), up);
	}
	const { module, firstRow, rows } = change;
	const { change: kind, columns } = module;
	switch (kind.kind) {
		case 'difference': {
			const format = formatOf(kind.values);
			const matrix = side.factor(`${name} difference`, [columns, rows], format, async (...into) => {
				const [target, readers] = into;
				const own = rowsOf(kind.values, firstRow, rows);
				const values = await readAs(format, readerOf(readers, use.hash), own);
				placeTurned(values, [rows, columns], target, rows, 0);
			});
			return g.multiply(g.product(x, matrix), strengthOf(`${name} strength`, use, rows, side));
		}
		case 'kronecker': {
			const { outer, inner } = kroneckerFactors(used, side);
			const [, outerInputs] = outer.shape.map(fixedExtent);
			let h: ComputedNode = g.view(x, columns / outerInputs);
			for (const factor of inner) h = g.product(h, factor);
			const innerOutputs = fixedExtent(asMatrix(h.shape).columns);
			const gain = side.gain(`${name} gain`, [innerOutputs], (target, strengths) => {
				target.fill(kind.scale * (strengths.get(use.hash) ?? 0));
			});
			return g.mix(g.multiply(h, gain), outer, {
				rows: asMatrix(x.shape).rows,
				columns: rows,
				firstColumn: firstRow,
			});
		}
		case 'low-rank':
		case 'hadamard':
			throw new RangeError(`${module.name} is of low rank`);
	}
}

/** D itself, for what is computed of the changed weight. @throws RangeError for a difference */
export function weightChange(used: UsedChange, side: SideBuilder): WeightChange {
	const { use, change, name } = used;
	const term = lowRankTerm(use, change);
	if (term !== undefined) {
		const { down, up } = lowRankFactors(term, used, side, 'f32');
		const [, rank] = down.shape.map(fixedExtent);
		const scales = side.factor(`${name} scales`, [rank], 'f32', async (target) => {
			target.fill(term.scale);
		});
		return { type: 'low-rank', down, scales, up };
	}
	const { change: kind } = change.module;
	if (kind.kind !== 'kronecker') throw new RangeError(`${change.module.name} has no magnitude`);
	const { w1, w2, scale } = kind;
	const outer = outerFactor(`${name} scaled w1`, used, w1, scale, side);
	const [rows, columns] = extentsOf(w2);
	const inner = side.factor(`${name} w2`, [columns, rows], 'f32', async (target, readers) => {
		placeTurned(await wholeMatrix(w2, use, readers), [rows, columns], target, rows, 0);
	});
	return { type: 'kronecker', outer, inner, firstColumn: change.firstRow };
}

export function strengthOf(
	name: string,
	{ hash }: AdapterInUse,
	elements: number,
	side: SideBuilder,
): WeightValue {
	return side.gain(name, [elements], (target, strengths) => {
		target.fill(strengths.get(hash) ?? 0);
	});
}

function lowRankFactors(
	term: LowRankTerm,
	{ change, name }: UsedChange,
	side: SideBuilder,
	format: WeightFormat,
): { readonly down: WeightValue; readonly up: WeightValue } {
	const { module, rows } = change;
	const width = Math.ceil(term.rank / RANK_MULTIPLE) * RANK_MULTIPLE;
	const place = { format, width, firstColumn: 0 };
	return {
		down: side.factor(`${name} down`, [module.columns, width], format, (target, readers) =>
			term.placeDown(target, place, readers),
		),
		up: side.factor(`${name} up`, [width, rows], format, (target, readers) =>
			term.placeUp(target.subarray(0, term.rank * rows), format, readers),
		),
	};
}

/** w1, and w2 turned, or as the two factors that x is multiplied with one after the other. */
function kroneckerFactors(
	used: UsedChange,
	side: SideBuilder,
): { readonly outer: WeightValue; readonly inner: readonly WeightValue[] } {
	const { use, change, name } = used;
	const { change: kind } = change.module;
	if (kind.kind !== 'kronecker') throw new RangeError(`${name} is no Kronecker product`);
	const { w1, w2 } = kind;
	const factors = w2.kind === 'whole' ? [w2.matrix] : [w2.right, w2.left];
	return {
		outer: outerFactor(`${name} w1`, used, w1, 1, side),
		inner: factors.map((factor, index) => {
			const [rows = 0, columns = 0] = factor.shape;
			const format = formatOf(factor);
			return side.factor(
				`${name} w2 factor ${index}`,
				[columns, rows],
				format,
				async (target, readers) => {
					const values = await readAs(format, readerOf(readers, use.hash), factor);
					placeTurned(values, [rows, columns], target, rows, 0);
				},
			);
		}),
	};
}

function outerFactor(
	name: string,
	{ use }: UsedChange,
	w1: FactoredMatrix,
	scale: number,
	side: SideBuilder,
): WeightValue {
	return side.factor(name, extentsOf(w1), 'f32', async (target, readers) => {
		target.set((await wholeMatrix(w1, use, readers)).map((value) => scale * value));
	});
}

function extentsOf(matrix: FactoredMatrix): readonly [rows: number, columns: number] {
	const [left, right] =
		matrix.kind === 'whole' ? [matrix.matrix, matrix.matrix] : [matrix.left, matrix.right];
	return [left.shape[0] ?? 1, right.shape[1] ?? 1];
}

async function wholeMatrix(
	matrix: FactoredMatrix,
	{ hash }: AdapterInUse,
	readers: AdapterReaders,
): Promise<FactorValues> {
	const reader = readerOf(readers, hash);
	if (matrix.kind === 'whole') return readFactor(reader, matrix.matrix);
	const [rows, columns] = extentsOf(matrix);
	const [left, right] = [
		await readFactor(reader, matrix.left),
		await readFactor(reader, matrix.right),
	];
	const rank = left.length / rows;
	const product = new Float32Array(rows * columns);
	for (let row = 0; row < rows; row++) {
		for (let column = 0; column < columns; column++) {
			let sum = 0;
			for (let r = 0; r < rank; r++) {
				sum += left[row * rank + r] * right[r * columns + column];
			}
			product[row * columns + column] = sum;
		}
	}
	return product;
}
