import { linspace } from './linspace.ts';
import type { Schedule } from './schedule.ts';
import { rangeOf } from './sigma-curve.ts';

/** Levels that count as none. */
const NEARLY_ZERO = 1e-5;

/** Evenly spaced between the largest and the least level, and shifted again, as the original does. */
export const normal: Schedule = (steps, curve) => {
	const { least, most } = rangeOf(curve);
	if (curve.sigmaAt(least) <= NEARLY_ZERO) {
		return Float32Array.from(linspace(most, least, steps + 1), curve.sigmaAt);
	}
	return Float32Array.of(...linspace(most, least, steps).map(curve.sigmaAt), 0);
};

/** As `normal`, of one level more, without the last. */
export const sgmUniform: Schedule = (steps, curve) => {
	const { least, most } = rangeOf(curve);
	const times = linspace(most, least, steps + 1).slice(0, -1);
	return Float32Array.of(...times.map(curve.sigmaAt), 0);
};
