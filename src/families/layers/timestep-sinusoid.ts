const { fround } = Math;

const FREQUENCIES = 128;
const MINUS_LOG_MAX_PERIOD = fround(-Math.log(10_000));

/**
 * The 256 values that enter the timestep MLP: 128 cosines, then 128 sines.
 *
 * @param t what the transformer is told of the noise level, 0 (pure noise) to 1; rounded to f32
 * @param scale the config's `t_scale`
 * Source: docs/spec/z-image-turbo.md 2.1. The reference rounds frequency, scaled t and angle to f32; with f64 frequencies the
 * model's output moves by up to 1.5e-5, so the roundings are kept.
 */
export function timestepSinusoid(t: number, scale = 1000): Float32Array<ArrayBuffer> {
	const scaled = fround(scale * fround(t));
	const values = new Float32Array(2 * FREQUENCIES);
	for (let i = 0; i < FREQUENCIES; i++) {
		const angle = fround(scaled * exponential(fround(MINUS_LOG_MAX_PERIOD * i) / FREQUENCIES));
		values[i] = Math.cos(angle);
		values[FREQUENCIES + i] = Math.sin(angle);
	}
	return values;
}

const LOG2_E = fround(1.4426950408889634);
const LN2_HIGH = fround(0.693145751953125);
const LN2_LOW = fround(1.428606765330187e-6);
const COEFFICIENTS = [
	1.9852761761285365e-4, 1.3930435525253415e-3, 8.333360776305199e-3, 4.1666485369205475e-2,
	0.1666666716337204, 0.5,
].map(fround);

/**
 * e^x in f32 as torch computes it. One frequency in sixteen differs in its last bit from the
 * correctly rounded one, and 1000 rad magnify that bit.
 *
 * Source: the polynomial of SLEEF's `expf` (1 ulp), which torch's CPU kernels call
 */
function exponential(x: number): number {
	const power = Math.round(fround(x * LOG2_E));
	let rest = fround(x - fround(power * LN2_HIGH));
	rest = fround(rest - fround(power * LN2_LOW));
	let y = 0;
	for (const coefficient of COEFFICIENTS) y = fround(fround(y * rest) + coefficient);
	y = fround(fround(fround(rest * rest) * y) + rest);
	return fround(1 + y) * 2 ** power;
}
