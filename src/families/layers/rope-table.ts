const { fround } = Math;

/** Cosines and sines of rotary position embedding, one row of angles a token. */
export interface RopeTable {
	/** f32 [tokens, angles] */
	readonly cos: Float32Array<ArrayBuffer>;
	/** f32 [tokens, angles] */
	readonly sin: Float32Array<ArrayBuffer>;
}

/**
 * Rotary table for positions with several axes: each axis fills `axesDims[a] / 2` angles of a row.
 * Angle k turns the values 2k and 2k + 1 of a head.
 *
 * @param ids whole-numbered positions [tokens, axesDims.length]
 * @param axesDims even head dimensions an axis takes; they add up to the head's
 * @returns cos and sin [tokens, sum(axesDims) / 2]
 * Source: docs/spec/z-image-turbo.md 2.5 (frequency and product in f64, angle rounded to f32)
 */
export function ropeTable(ids: Int32Array, axesDims: readonly number[], theta: number): RopeTable {
	const axes = axesDims.length;
	const tokens = ids.length / axes;
	if (!Number.isInteger(tokens)) throw new RangeError(`${ids.length} ids for ${axes} axes`);
	const frequencies = axesDims.map((dims) =>
		Array.from({ length: dims / 2 }, (_, j) => 1 / theta ** ((2 * j) / dims)),
	);
	const angles = axesDims.reduce((sum, dims) => sum + dims / 2, 0);
	const cos = new Float32Array(tokens * angles);
	const sin = new Float32Array(tokens * angles);
	let at = 0;
	for (let token = 0; token < tokens; token++) {
		for (const [axis, inverse] of frequencies.entries()) {
			const position = ids[token * axes + axis] ?? 0;
			for (const frequency of inverse) {
				const angle = fround(position * frequency);
				cos[at] = Math.cos(angle);
				sin[at] = Math.sin(angle);
				at++;
			}
		}
	}
	return { cos, sin };
}

/**
 * Rotary table for positions 0 to `tokens - 1`. Angle k turns the values k and k + headDim / 2
 * of a head ("rotate half"), as Qwen3 has it.
 *
 * @returns cos and sin [tokens, headDim / 2]
 * Source: docs/spec/z-image-turbo.md 4; transformers computes frequencies and angles in f32
 */
export function halfRotaryTable(tokens: number, headDim: number, theta: number): RopeTable {
	const half = headDim / 2;
	const cos = new Float32Array(tokens * half);
	const sin = new Float32Array(tokens * half);
	for (let k = 0; k < half; k++) {
		const frequency = fround(1 / fround(theta ** fround((2 * k) / headDim)));
		for (let token = 0; token < tokens; token++) {
			const angle = fround(token * frequency);
			cos[token * half + k] = Math.cos(angle);
			sin[token * half + k] = Math.sin(angle);
		}
	}
	return { cos, sin };
}
