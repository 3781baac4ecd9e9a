import { range } from './range.ts';
import { type Wgsl, wgsl } from './wgsl.ts';

export interface Unrolling {
	/** Steps in all. */
	readonly count: number;
	/** Steps that are written out: `count` or more leave no loop. */
	readonly unroll: number;
	/** Steps that one body takes. */
	readonly stride?: number;
}

/** A loop whose body is written out several times. @param body is given WGSL of a step of its own, counted from its first */
export function unrolled(
	{ count, unroll, stride = 1 }: Unrolling,
	body: (step: (offset?: number) => string) => Wgsl,
): Wgsl {
	const isLoop = unroll < count;
	const bodies = range(Math.min(unroll, count) / stride).map((index) =>
		body((offset = 0) => `${isLoop ? 'i + ' : ''}${index * stride + offset}u`),
	);
	return isLoop
		? wgsl`
			for (var i = 0u; i < ${count}u; i += ${unroll}u) {
				${bodies}
			}
		`
		: bodies;
}
