export interface Guidance {
	/** As in ComfyUI: 1 is the prompt's prediction alone. */
	readonly scale: number;
	/** The guided prediction is at most this many times as long as the prompt's own; 0 is no limit. */
	readonly normalization?: number;
	/** Evaluations whose 1 - sigma is greater run without guidance; 1 guides all. */
	readonly truncation?: number;
}

/** How many passes an evaluation at `sigma` takes, of a prompt and its negative prompt. */
export function passesAt(sigma: number, { scale, truncation = 1 }: Guidance): 1 | 2 {
	return scale === 1 || 1 - sigma > truncation ? 1 : 2;
}

/**
 * Classifier-free guidance: goes beyond the prompt's prediction, away from that of the negative prompt.
 *
 * @param passes the prompt's prediction, then that of the negative prompt if there is one
 * Source: docs/spec/guidance-and-base.md, section 1.1
 */
export function guide(
	passes: readonly Float32Array[],
	{ scale, normalization = 0 }: Guidance,
): Float32Array {
	const [positive, negative] = passes;
	if (negative === undefined) return positive;
	const guided = positive.map((value, i) => value + (scale - 1) * Math.fround(value - negative[i]));
	if (normalization <= 0) return guided;
	const most = normalization * lengthOf(positive);
	const length = lengthOf(guided);
	return length > most ? guided.map((value) => value * (most / length)) : guided;
}

function lengthOf(values: Float32Array): number {
	let sum = 0;
	for (const value of values) sum += value * value;
	return Math.sqrt(sum);
}
