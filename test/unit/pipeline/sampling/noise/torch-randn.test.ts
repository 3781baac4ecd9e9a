import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidRecipeError } from '../../../../../src/pipeline/errors.ts';
import { fusedMultiplyAdd } from '../../../../../src/pipeline/sampling/noise/fused-multiply-add.ts';
import { torchRandn } from '../../../../../src/pipeline/sampling/noise/torch-randn.ts';
import { goldenTensors } from '../../../../fixtures/golden-files.ts';
import { costRatio } from '../../../../fixtures/cost-ratio.ts';

const golden = goldenTensors('torch-randn.safetensors');
const SEEDS = [0, 1, 42, 123456789, 4294967295, 9007199254740991];

function bits(values: Float32Array): Int32Array {
	return new Int32Array(values.buffer, values.byteOffset, values.length);
}

function goldenBits(name: string): Int32Array {
	const data = golden.get(name)?.data;
	if (!(data instanceof Float32Array)) throw new Error(`no golden ${name}`);
	return bits(data);
}

describe('torchRandn', () => {
	it.each(SEEDS)('has the bits of torch for seed %d', (seed) => {
		expect(bits(torchRandn(seed, 16 * 24 * 20))).toEqual(goldenBits(`randn.${seed}`));
	});

	it.each(SEEDS)('has the bits of torch at both ends of a large tensor, seed %d', (seed) => {
		const values = torchRandn(seed, 16 * 128 * 128);
		expect(bits(values.subarray(0, 64))).toEqual(goldenBits(`big.${seed}.first`));
		expect(bits(values.slice(-64))).toEqual(goldenBits(`big.${seed}.last`));
	});

	it.each(SEEDS)('draws the tail anew as torch does, seed %d', (seed) => {
		expect(bits(torchRandn(seed, 16 * 9 * 11))).toEqual(goldenBits(`odd.${seed}`));
		expect(bits(torchRandn(seed, 37))).toEqual(goldenBits(`odd37.${seed}`));
	});

	it('takes the scalar path below 16 values', () => {
		// From torch's documentation and countless printed sessions, to the digits printed there.
		const printed = (seed: number, length: number) =>
			Array.from(torchRandn(seed, length), (value) => value.toFixed(4));
		expect(printed(0, 5)).toEqual(['1.5410', '-0.2934', '-2.1788', '0.5684', '-1.0845']);
		expect(printed(42, 3)).toEqual(['0.3367', '0.1288', '0.2345']);
		expect(torchRandn(7, 0)).toHaveLength(0);
	});

	it('uses the low 32 bits of the seed', () => {
		expect(torchRandn(2 ** 32 + 5, 64)).toEqual(torchRandn(5, 64));
	});

	it('refuses seeds it cannot represent', () => {
		for (const seed of [-1, 0.5, 2 ** 53, NaN, Infinity]) {
			expect(() => torchRandn(seed, 16)).toThrow(InvalidRecipeError);
		}
	});

	it('costs a few times what normal deviates in doubles do', () => {
		const values = new Float32Array(1 << 16);
		const ratio = costRatio(
			() => torchRandn(1, values.length),
			() => {
				for (let i = 0; i < values.length; i += 2) {
					const radius = Math.sqrt(-2 * Math.log(1 - i / values.length));
					const angle = 2 * Math.PI * Math.random();
					values[i] = radius * Math.cos(angle);
					values[i + 1] = radius * Math.sin(angle);
				}
			},
		);
		console.info(`torchRandn: ${ratio.toFixed(1)} times the cost of deviates in doubles`);
		expect(ratio).toBeLessThan(20);
	});
});

describe('fusedMultiplyAdd', () => {
	/** An f32 as an integer times 2^-40: enough for the magnitudes tested. */
	const exact = (value: number) => BigInt(value * 2 ** 40);

	/** Rounds n * 2^-80 to the nearest f32, ties to even, in integers. */
	function roundExact(n: bigint): number {
		const negative = n < 0n;
		const magnitude = negative ? -n : n;
		const drop = BigInt(Math.max(0, magnitude.toString(2).length - 24));
		let kept = magnitude >> drop;
		const rest = magnitude - (kept << drop);
		const half = drop > 0n ? 1n << (drop - 1n) : 1n;
		if (rest > half || (rest === half && drop > 0n && kept & 1n)) kept += 1n;
		const value = Number(kept) * 2 ** (Number(drop) - 80);
		return negative ? -value : value;
	}

	const f32 = fc
		.tuple(fc.integer({ min: -(2 ** 24), max: 2 ** 24 }), fc.integer({ min: -40, max: -20 }))
		.map(([mantissa, exponent]) => mantissa * 2 ** exponent);

	it('rounds once', () => {
		fc.assert(
			fc.property(f32, f32, f32, (a, b, c) => {
				const expected = roundExact(exact(a) * exact(b) + (exact(c) << 40n));
				expect(fusedMultiplyAdd(a, b, c) + 0).toBe(expected + 0);
			}),
			{ numRuns: 20_000, seed: 1 },
		);
	});

	it('rounds once where the sum in doubles is halfway between two f32', () => {
		// 2^-24 (1 + 2^-33): the double drops the last bit, and ties to even would round down.
		const above = [2 ** -12 * (1 + 2 ** -11), 2 ** -12 * (1 - 2 ** -11 + 2 ** -22)] as const;
		expect(fusedMultiplyAdd(above[0], above[1], 1)).toBe(1 + 2 ** -23);
		// 2^-24 (1 - 2^-46): ties to even would round up.
		const below = [2 ** -12 * (1 + 2 ** -23), 2 ** -12 * (1 - 2 ** -23)] as const;
		expect(fusedMultiplyAdd(below[0], below[1], 1 + 2 ** -23)).toBe(1 + 2 ** -23);
		expect(fusedMultiplyAdd(-above[0], above[1], -1)).toBe(-1 - 2 ** -23);
		// Exactly halfway: to even.
		expect(fusedMultiplyAdd(2 ** -12, 2 ** -12, 1)).toBe(1);
		expect(fusedMultiplyAdd(2 ** -12, 2 ** -12, 1 + 2 ** -23)).toBe(1 + 2 ** -22);
	});
});
