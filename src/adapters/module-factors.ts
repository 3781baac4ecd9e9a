import type { AdapterModule, FactoredMatrix, WeightChange } from './adapter.ts';
import type { Factor } from './factor.ts';

/** All tensors that a module is made of, but for its scale. */
export function moduleFactors({ change, magnitude }: AdapterModule): readonly Factor[] {
	const factors = changeFactors(change);
	return magnitude === undefined ? factors : [...factors, magnitude.values];
}

/** Those of which any alone makes the change zero. A magnitude works even on a change of nothing. */
export function decidingFactors({ change, magnitude }: AdapterModule): readonly Factor[] {
	return magnitude === undefined ? changeFactors(change) : [];
}

function changeFactors(change: WeightChange): readonly Factor[] {
	switch (change.kind) {
		case 'low-rank':
			return [change.a, change.b];
		case 'hadamard':
			return [change.first, change.second].flatMap(({ left, right }) => [left, right]);
		case 'kronecker':
			return [change.w1, change.w2].flatMap(matrixFactors);
		case 'difference':
			return [change.values];
	}
}

function matrixFactors(matrix: FactoredMatrix): readonly Factor[] {
	return matrix.kind === 'whole' ? [matrix.matrix] : [matrix.left, matrix.right];
}
