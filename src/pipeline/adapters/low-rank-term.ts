import type { AdapterInUse, TensorChange } from '../../adapters/adapter.ts';
import { type Factor, readFactor } from '../../adapters/factor.ts';
import type { WeightFormat } from '../../graph/graph.ts';
import {
	type AdapterReaders,
	commonFormat,
	type FactorValues,
	formatOf,
	placeTurned,
	readAs,
	readerOf,
	rowsOf,
} from './factor-values.ts';

/** A change of one tensor that is a product of low rank: scale · B · A. */
export interface LowRankTerm {
	/** Of its adapter. */
	readonly hash: string;
	/** Equal for terms of the same A: those of one fused module. */
	readonly source: string;
	readonly scale: number;
	readonly rank: number;
	/** In which both factors are exact. */
	readonly format: WeightFormat;
	/** Puts A, turned, into columns of `target` [in, width]. */
	placeDown(target: FactorValues, place: DownPlace, readers: AdapterReaders): Promise<void>;
	/** Puts B, turned, into `target` [rank, out]. */
	placeUp(target: FactorValues, format: WeightFormat, readers: AdapterReaders): Promise<void>;
}

export interface DownPlace {
	readonly format: WeightFormat;
	readonly width: number;
	readonly firstColumn: number;
}

/** Undefined for a change of another kind. */
export function lowRankTerm(
	{ hash }: AdapterInUse,
	{ module, firstRow, rows }: TensorChange,
): LowRankTerm | undefined {
	const { change, columns } = module;
	const source = `${hash} ${module.name}`;
	switch (change.kind) {
		case 'low-rank': {
			const { a, b, scale } = change;
			const [rank = 0] = a.shape;
			return {
				...{ hash, source, scale, rank },
				format: commonFormat([formatOf(a), formatOf(b)]),
				async placeDown(target, { format, width, firstColumn }, readers) {
					const values = await readAs(format, readerOf(readers, hash), a);
					placeTurned(values, [rank, columns], target, width, firstColumn);
				},
				async placeUp(target, format, readers) {
					const own = rowsOf(b, firstRow, rows);
					const values = await readAs(format, readerOf(readers, hash), own);
					placeTurned(values, [rows, rank], target, rows, 0);
				},
			};
		}
		case 'hadamard': {
			const { first, second, scale } = change;
			const [r1 = 0] = first.right.shape;
			const [r2 = 0] = second.right.shape;
			const rank = r1 * r2;
			const both = (readers: AdapterReaders, factors: readonly [Factor, Factor]) => {
				const reader = readerOf(readers, hash);
				return Promise.all([readFactor(reader, factors[0]), readFactor(reader, factors[1])]);
			};
			return {
				...{ hash, source, scale, rank, format: 'f32' },
				async placeDown(target, { width, firstColumn }, readers) {
					const [one, other] = await both(readers, [first.right, second.right]);
					for (let pair = 0; pair < rank; pair++) {
						const [p, q] = [Math.floor(pair / r2), pair % r2];
						for (let column = 0; column < columns; column++) {
							const value = one[p * columns + column] * other[q * columns + column];
							target[column * width + firstColumn + pair] = value;
						}
					}
				},
				async placeUp(target, _, readers) {
					const own = (factor: Factor): Factor => rowsOf(factor, firstRow, rows);
					const [one, other] = await both(readers, [own(first.left), own(second.left)]);
					for (let pair = 0; pair < rank; pair++) {
						const [p, q] = [Math.floor(pair / r2), pair % r2];
						for (let row = 0; row < rows; row++) {
							target[pair * rows + row] = one[row * r1 + p] * other[row * r2 + q];
						}
					}
				},
			};
		}
		case 'kronecker':
		case 'difference':
			return undefined;
	}
}
