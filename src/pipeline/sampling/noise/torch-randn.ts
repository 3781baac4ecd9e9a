import { MAX_SEED } from '../../../recipe/recipe-limits.ts';
import { InvalidRecipeError } from '../../errors.ts';
import { fusedMultiplyAdd as fma } from './fused-multiply-add.ts';
import { MersenneTwister } from './mersenne-twister.ts';

const { fround } = Math;

/** torch computes in blocks of this many values; shorter requests take another path. */
const BLOCK = 16;
const HALF = 8;
const TWO_PI = fround(2 * Math.PI);

/**
 * The numbers that `torch.manual_seed(seed); torch.randn(length)` gives on a CPU with AVX2, bit for bit.
 *
 * torch's vectorised path does not round its logarithm, sine and cosine correctly: it evaluates the
 * Cephes polynomials in f32, and its compiler fused some multiplications with the additions that follow.
 * Which ones it fused was found by comparing with torch 2.11; `Math.log` and friends differ in one value of six.
 *
 * @param seed integer from 0 to 2^53 - 1
 * @param length how many values
 * @returns f32 normal deviates, mean 0 and deviation 1
 * @throws InvalidRecipeError for a seed outside its range
 * Source: ATen `DistributionTemplates.h`, `avx_mathfun.h`, `DistributionsHelper.h`; constants from Cephes `logf`, `sinf`
 */
export function torchRandn(seed: number, length: number): Float32Array<ArrayBuffer> {
	if (!Number.isSafeInteger(seed) || seed < 0) {
		throw new InvalidRecipeError({ field: 'seed', value: seed, least: 0, most: MAX_SEED });
	}
	const values = new Float32Array(length);
	fillTorchRandn(values, new MersenneTwister(seed));
	return values;
}

/** One `randn` of the generator, in place of the values. */
export function fillTorchRandn(values: Float32Array, random: MersenneTwister): void {
	const { length } = values;
	if (length < BLOCK) {
		fillInDoubles(values, random);
		return;
	}
	fillUniform(values, 0, random);
	for (let at = 0; at + BLOCK <= length; at += BLOCK) normalBlock(values, at);
	if (length % BLOCK !== 0) {
		// torch draws the last sixteen anew, over values that are done already.
		const at = length - BLOCK;
		fillUniform(values, at, random);
		normalBlock(values, at);
	}
}

/** Uniform values in [0, 1) with 24 bits, from `start` to the end. */
function fillUniform(values: Float32Array, start: number, random: MersenneTwister): void {
	for (let i = start; i < values.length; i++) values[i] = (random.next() & 0xffffff) * 2 ** -24;
}

/** Box-Muller on sixteen uniform values in place: value j is paired with value j + 8. */
function normalBlock(values: Float32Array, start: number): void {
	for (let i = start; i < start + HALF; i++) {
		const radius = fround(Math.sqrt(-2 * logarithm(1 - (values[i] ?? 0))));
		writePolar(values, i, radius, fround(TWO_PI * (values[i + HALF] ?? 0)));
	}
}

const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

const SQRT_HALF = fround(0.7071067811865475);
const LN2_HIGH = fround(0.693359375);
const LN2_LOW = fround(-2.1219444e-4);
const LOG_COEFFICIENTS = [
	7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1,
	-1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(fround);

/** Natural logarithm of an f32 in (0, 1], with torch's rounding errors. */
function logarithm(value: number): number {
	float[0] = value;
	const pattern = bits[0] ?? 0;
	bits[0] = (pattern & 0x807fffff) | 0x3f000000;
	let exponent = (pattern >>> 23) - 126;
	let x = float[0] ?? 0;
	if (x < SQRT_HALF) {
		exponent -= 1;
		x = fround(x + x - 1);
	} else {
		x = fround(x - 1);
	}
	const square = fround(x * x);
	// Exact with 0 to begin with: 0 * x + c is c.
	let y = 0;
	for (const coefficient of LOG_COEFFICIENTS) y = fma(y, x, coefficient);
	y = fround(y * x);
	y = fma(y, square, fround(exponent * LN2_LOW));
	y = fma(-0.5, square, y);
	return fma(exponent, LN2_HIGH, fround(x + y));
}

const FOUR_OVER_PI = fround(1.27323954473516);
const QUARTER_PI_HIGH = fround(-0.78515625);
const QUARTER_PI_MID = fround(-2.4187564849853515625e-4);
const QUARTER_PI_LOW = fround(-3.774894977445941e-8);
const COS_0 = fround(2.443315711809948e-5);
const COS_1 = fround(-1.388731625493765e-3);
const COS_2 = fround(4.166664568298827e-2);
const SIN_0 = fround(-1.9515295891e-4);
const SIN_1 = fround(8.3321608736e-3);
const SIN_2 = fround(-1.6666654611e-1);

/** Writes radius * cos(angle) to `at` and radius * sin(angle) to `at + 8`; angle in [0, 2 pi]. */
function writePolar(values: Float32Array, at: number, radius: number, angle: number): void {
	const octant = (Math.trunc(fround(angle * FOUR_OVER_PI)) + 1) & ~1;
	let x = fma(octant, QUARTER_PI_HIGH, angle);
	x = fma(octant, QUARTER_PI_MID, x);
	x = fma(octant, QUARTER_PI_LOW, x);
	const square = fround(x * x);

	let even = fma(COS_0, square, COS_1);
	even = fma(even, square, COS_2);
	even = fround(even * square);
	even = fma(even, square, -0.5 * square);
	even = fround(even + 1);

	let odd = fma(SIN_0, square, SIN_1);
	odd = fma(odd, square, SIN_2);
	odd = fround(odd * square);
	odd = fma(odd, x, x);

	const swapped = (octant & 2) !== 0;
	const sine = swapped ? even : odd;
	const cosine = swapped ? odd : even;
	const sineSign = octant & 4 ? -1 : 1;
	const cosineSign = (octant + 2) & 4 ? -1 : 1;
	// Adding 0 is torch's "+ mean": it turns -0 into 0.
	values[at] = fround(radius * cosine * cosineSign) + 0;
	values[at + HALF] = fround(radius * sine * sineSign) + 0;
}

/** The path of fewer than sixteen values: Box-Muller in doubles, two values a draw. */
function fillInDoubles(values: Float32Array, random: MersenneTwister): void {
	for (let i = 0; i < values.length; i += 2) {
		const angle = 2 * Math.PI * uniformDouble(random);
		const radius = Math.sqrt(-2 * Math.log1p(-uniformDouble(random)));
		values[i] = radius * Math.cos(angle);
		if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
	}
}

/** 53 random bits in [0, 1): the low 21 bits of one draw above the 32 bits of the next. */
function uniformDouble(random: MersenneTwister): number {
	const high = random.next() & 0x1fffff;
	return (high * 2 ** 32 + random.next()) * 2 ** -53;
}
