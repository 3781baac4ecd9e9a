import { AdapterError } from './errors.ts';
import type { Factor, FactorType } from './factor.ts';

/** A tensor as the header of a safetensors file describes it. */
export interface HeaderTensor {
	readonly name: string;
	/** As the file spells it: `BF16`. */
	readonly dtype: string;
	readonly shape: readonly number[];
	/** Bytes from the start of the file. */
	readonly byteOffset: number;
	readonly byteLength: number;
}

/** The header of an adapter's file, checked: tensors lie within the file and are as long as their shapes say. */
export interface AdapterHeader {
	readonly tensors: ReadonlyMap<string, HeaderTensor>;
	readonly metadata: ReadonlyMap<string, string>;
}

const TYPES: ReadonlySet<string> = new Set<FactorType>([
	'F32',
	'F16',
	'BF16',
	'F8_E4M3',
	'F8_E5M2',
]);

/**
 * @param shape as it is meant: extents of 1 may be more or fewer in the file
 * @throws AdapterError for a type that no adapter is trained in
 */
export function factorOf(tensor: HeaderTensor, shape: readonly number[]): Factor {
	const { name, dtype, byteOffset, byteLength } = tensor;
	if (!isFactorType(dtype)) throw new AdapterError({ problem: 'quantised', tensor: name, dtype });
	return { name, type: dtype, shape, byteOffset, byteLength };
}

function isFactorType(dtype: string): dtype is FactorType {
	return TYPES.has(dtype);
}
