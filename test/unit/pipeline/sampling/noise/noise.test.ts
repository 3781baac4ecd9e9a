import { describe, expect, it } from 'vitest';
import { BrownianMotion } from '../../../../../src/pipeline/sampling/noise/brownian-motion.ts';
import { philox } from '../../../../../src/pipeline/sampling/noise/philox.ts';
import { PhiloxStream } from '../../../../../src/pipeline/sampling/noise/philox-stream.ts';
import { seedSequence } from '../../../../../src/pipeline/sampling/noise/seed-sequence.ts';
import { torchRandn } from '../../../../../src/pipeline/sampling/noise/torch-randn.ts';
import { TorchStream } from '../../../../../src/pipeline/sampling/noise/torch-stream.ts';
import { variedNoise } from '../../../../../src/pipeline/sampling/noise/variation.ts';
import { SAMPLER_CASES, samplerGolden } from '../../../../fixtures/sampler-golden.ts';

const SEED = BigInt(SAMPLER_CASES.seed);

function largestDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
	return Math.max(...Array.from(expected, (value, i) => Math.abs(value - (found[i] ?? NaN))));
}

describe('torch on a CPU', () => {
	it.each(SAMPLER_CASES.torch_cpu_seeds)('has the bits of seed %s', (seed) => {
		const values = new TorchStream(BigInt(seed), 64).draw();
		expect(Array.from(values)).toEqual(Array.from(samplerGolden(`torch_cpu.${seed}`).values));
	});

	it('goes on with its stream from draw to draw', () => {
		const stream = new TorchStream(SEED + 1n, 16);
		for (let i = 0; i < 64; i++) {
			expect(Array.from(stream.draw())).toEqual(samplerGolden('draws.cpu').row(i));
		}
	});
});

describe('Philox', () => {
	it.each(SAMPLER_CASES.philox_seeds)('gives the words of seed %s', (seed) => {
		const golden = samplerGolden(`philox_u32.${seed}`);
		for (let i = 0; i < 8; i++) {
			const words = philox([1, 0, i, 0], BigInt(seed));
			expect(words).toEqual([0, 1, 2, 3].map((word) => golden.at(word, i)));
		}
	});

	it.each(SAMPLER_CASES.philox_seeds)(
		'draws as AUTOMATIC1111 does with RNG NV, seed %s',
		(seed) => {
			const stream = new PhiloxStream(BigInt(seed), 37);
			for (let draw = 0; draw < 3; draw++) {
				const expected = samplerGolden(`philox.${seed}`).row(draw);
				expect(largestDifference(stream.draw(), expected)).toBeLessThan(1e-6);
			}
		},
	);

	it('lays its values out as a GPU with few threads does', () => {
		const stream = new PhiloxStream(SEED, 5000, 1024);
		for (let draw = 0; draw < 2; draw++) {
			const expected = samplerGolden('cuda_layout').row(draw);
			expect(largestDifference(stream.draw(), expected)).toBeLessThan(1e-6);
		}
	});
});

describe('seedSequence', () => {
	it('gives the words of NumPy', () => {
		const { entropy, spawn_key: keys } = SAMPLER_CASES.seedseq_rows;
		const rows = entropy.flatMap((value) => keys.map((key) => [BigInt(value), key] as const));
		for (const [i, [value, key]] of rows.entries()) {
			const words = seedSequence(value, key?.map(BigInt), 4);
			expect(Array.from(words)).toEqual(samplerGolden('seedseq').row(i));
		}
	});
});

describe('BrownianMotion', () => {
	it('gives the increments of torchsde, whatever is asked first', () => {
		const range = Float32Array.from(samplerGolden('brownian.root_range').values);
		const motion = new BrownianMotion(range, SEED, (seed) => torchRandn(seed, 16));
		const queries = samplerGolden('brownian.query');
		for (const i of [8, 3, 0, 1, 2, 4, 5, 6, 7]) {
			const [from, to] = queries.row(i);
			const expected = samplerGolden('brownian.noise').row(i);
			const found = motion.draw(from, to);
			expect(largestDifference(found, expected)).toBeLessThan(5e-6);
		}
	});
});

describe('variedNoise', () => {
	it.each([0.05, 0.3, 0.9])('lies on the arc between two seeds, strength %d', (strength) => {
		const size = { height: 6, width: 5 };
		const found = variedNoise(torchRandn(11, 120), torchRandn(12, 120), strength, size);
		const expected = samplerGolden(`slerp.${strength}`).values;
		expect(largestDifference(found, expected)).toBeLessThan(4e-6);
	});
});
