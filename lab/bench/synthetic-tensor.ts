import type { BlockTensor } from '../../src/families/parts/block.ts';
import type { SyntheticTensor } from './synthetic-weights.ts';

const SEED = 'synthetic';
const BIAS_EXPONENT = -4;
const PAD_TOKEN_EXPONENT = 1;

/**
 * The formula that the golden files' weights follow: a matrix's rows keep the size of what they multiply,
 * biases are small, norms lie around 1.
 */
export function syntheticTensor({
	sourceName,
	sourceShape,
	transposed,
}: BlockTensor): SyntheticTensor {
	const id = fnv1a32(`${SEED}:${sourceName}`);
	const [rows = 1, ...inner] = sourceShape;
	const columns = inner.reduce((product, extent) => product * extent, 1);
	const shape = { sourceRows: rows, sourceColumns: columns, transposed };
	if (sourceName.endsWith('.bias'))
		return { id, kind: 'uniform', exponent: BIAS_EXPONENT, ...shape };
	if (sourceName.endsWith('pad_token')) {
		return { id, kind: 'uniform', exponent: PAD_TOKEN_EXPONENT, ...shape };
	}
	if (inner.length === 0) return { id, kind: 'norm', exponent: 0, ...shape };
	return { id, kind: 'uniform', exponent: -fanInExponent(columns), ...shape };
}

/** The largest n with 3·4^n at most the number of inputs. */
function fanInExponent(inputs: number): number {
	let exponent = 0;
	while (3 * 4 ** (exponent + 1) <= inputs) exponent++;
	return exponent;
}

function fnv1a32(text: string): number {
	let hash = 2166136261;
	for (const byte of new TextEncoder().encode(text)) {
		hash = Math.imul(hash ^ byte, 16777619) >>> 0;
	}
	return hash;
}
