import type { BlockTensor } from '../parts/block.ts';

/** A tensor that the shard stores as the checkpoint has it. */
export function plain(
	name: string,
	sourceName: string,
	sourceShape: readonly number[],
): BlockTensor {
	return { name, sourceName, sourceShape, transposed: false };
}

/** The weight of a linear layer. */
export function matrix(
	name: string,
	sourceName: string,
	outFeatures: number,
	inFeatures: number,
): BlockTensor {
	return { name, sourceName, sourceShape: [outFeatures, inFeatures], transposed: true };
}

/** Weight and bias of a linear layer. */
export function linear(
	name: string,
	sourceName: string,
	outFeatures: number,
	inFeatures: number,
): readonly BlockTensor[] {
	return [
		matrix(`${name}.weight`, `${sourceName}.weight`, outFeatures, inFeatures),
		plain(`${name}.bias`, `${sourceName}.bias`, [outFeatures]),
	];
}
