const { fround } = Math;

/** The noise levels that a model was trained on, in the order of training time. */
export interface SigmaCurve {
	/** @param time from 0, data, to 1, noise; f32 */
	readonly sigmaAt: (time: number) => number;
	/** The same in f64, for what is no step of a schedule. */
	readonly exactSigmaAt: (time: number) => number;
	/** The levels of all training times, ascending. */
	readonly table: Float32Array;
}

const FLOW_TIMES = 1000;
const FLUX_TIMES = 10_000;

/**
 * Of flow-matching models with a fixed shift: ComfyUI's ModelSamplingDiscreteFlow, AuraFlow and SD3.
 *
 * @param shift 1 leaves levels and times equal, more of it makes levels higher
 */
export function flowCurve(shift: number): SigmaCurve {
	return curve(
		FLOW_TIMES,
		(time) => (shift * time) / (1 + (shift - 1) * time),
		(time) => {
			if (shift === 1) return time;
			return fround(fround(shift * time) / fround(1 + fround((shift - 1) * time)));
		},
	);
}

/** Of models whose shift is an exponential, which may depend on the size: ComfyUI's ModelSamplingFlux. */
export function exponentialCurve(mu: number): SigmaCurve {
	const shift = Math.exp(mu);
	const exactSigmaAt = (time: number): number => shift / (shift + (1 / time - 1));
	return curve(FLUX_TIMES, exactSigmaAt, (time) => fround(exactSigmaAt(time)));
}

function curve(
	times: number,
	exactSigmaAt: SigmaCurve['exactSigmaAt'],
	sigmaAt: SigmaCurve['sigmaAt'],
): SigmaCurve {
	const table = Float32Array.from({ length: times }, (_, i) => sigmaAt(fround((i + 1) / times)));
	return { sigmaAt: (time) => sigmaAt(fround(time)), exactSigmaAt, table };
}

/** The least and the largest level. */
export function rangeOf({ table }: SigmaCurve): { readonly least: number; readonly most: number } {
	return { least: table[0], most: table[table.length - 1] };
}
