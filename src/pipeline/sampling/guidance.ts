/**
 * Classifier-free guidance: goes beyond the prompt's prediction, away from that of the negative prompt.
 *
 * @param passes the prompt's prediction, then that of the negative prompt if there is one
 * @param scale as in ComfyUI: 1 is the prompt's prediction
 * Source: docs/spec/guidance-and-base.md, section 1.1
 */
export function guide(passes: readonly Float32Array[], scale: number): Float32Array {
	const [positive, negative] = passes;
	if (negative === undefined) return positive;
	return positive.map((value, i) => value + (scale - 1) * Math.fround(value - negative[i]));
}
