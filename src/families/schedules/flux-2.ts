import type { Schedule } from './schedule.ts';
import { exponentialCurve } from './sigma-curve.ts';

/** Pixels on each side that one token stands for, of FLUX.2. */
const TOKEN_PIXELS = 16;
/** Tokens from which the number of steps no longer counts. */
const MANY_TOKENS = 4300;

/** ComfyUI's Flux2Scheduler: even times, shifted by the picture's size and the number of steps. */
export const flux2: Schedule = (steps, _curve, { width, height }) => {
	const { sigmaAt } = exponentialCurve(shiftExponent(steps, width, height));
	const sigmas = new Float32Array(steps + 1);
	for (let i = 0; i < steps; i++) sigmas[i] = sigmaAt(1 - i / steps);
	return sigmas;
};

function shiftExponent(steps: number, width: number, height: number): number {
	const tokens = roundHalfToEven((width * height) / TOKEN_PIXELS ** 2);
	const at200 = 0.00016927 * tokens + 0.45666666;
	if (tokens > MANY_TOKENS) return at200;
	const at10 = 8.73809524e-5 * tokens + 1.89833333;
	return ((at200 - at10) / 190) * (steps - 200) + at200;
}

/** Python's rounding. */
function roundHalfToEven(value: number): number {
	const floor = Math.floor(value);
	if (value - floor !== 0.5) return Math.round(value);
	return floor % 2 === 0 ? floor : floor + 1;
}
