import { describe, expect, it } from 'vitest';
import { BrownianMotion } from '../../../../../src/pipeline/sampling/noise/brownian-motion.ts';
import {
	NO_NOISE,
	type NoiseSource,
} from '../../../../../src/pipeline/sampling/noise/noise-source.ts';
import { torchRandn } from '../../../../../src/pipeline/sampling/noise/torch-randn.ts';
import { evaluationsOf } from '../../../../../src/pipeline/sampling/samplers/evaluations.ts';
import { findSampler } from '../../../../../src/pipeline/sampling/samplers/find-sampler.ts';
import { findSchedule } from '../../../../../src/families/schedules/find-schedule.ts';
import { samplingSigmas } from '../../../../../src/pipeline/sampling/sampling-sigmas.ts';
import { flowCurve } from '../../../../../src/families/schedules/sigma-curve.ts';
import { SAMPLER_IDS } from '../../../../../src/recipe/sampler-names.ts';
import { goldenSlope, SAMPLER_CASES, samplerGolden } from '../../../../fixtures/sampler-golden.ts';

const { steps: STEPS, shifts: SHIFTS, denoise: DENOISE } = SAMPLER_CASES;
const SIZE = { width: 16, height: 16 };
const VALUES = 16;

interface Run {
	readonly id: string;
	readonly schedule: string;
	readonly steps: number;
	readonly shift: number;
	readonly denoise?: number;
	readonly noise?: NoiseSource | ((sigmas: Float32Array) => NoiseSource);
	readonly eta?: number;
	readonly noiseScale?: number;
}

/** What the app does around a sampler, with a formula for a network. */
function sample({ id, schedule, steps, shift, denoise = 1, eta = 1, noiseScale = 1, noise }: Run): {
	readonly latent: readonly number[];
	readonly asked: readonly { readonly x: readonly number[]; readonly sigma: number }[];
	readonly announced: readonly number[];
} {
	const sampler = findSampler(id);
	const curve = flowCurve(shift);
	const sigmas = samplingSigmas({
		...{ sampler, steps, denoise },
		schedule: (count) => findSchedule(schedule)(count, curve, SIZE),
	});
	const [first] = sigmas;
	const start = denoise < 1 ? samplerGolden('latent').values : new Float32Array(VALUES);
	const initial = samplerGolden('noise').values;
	const latent = Float32Array.from(start, (value, i) => first * initial[i] + (1 - first) * value);
	if (sampler.lastSigma !== undefined) sigmas[sigmas.length - 1] = sampler.lastSigma;
	const options = {
		...{ sigmas, latent, eta, noiseScale, sigmaAt: curve.exactSigmaAt, onStep: () => undefined },
		noise: typeof noise === 'function' ? noise(sigmas) : (noise ?? NO_NOISE),
	};
	const announced = evaluationsOf(sampler, sigmas, options);
	const run = sampler.integrate(options);
	const asked: { x: readonly number[]; sigma: number }[] = [];
	for (let next = run.next(); next.done !== true;) {
		const { x, sigma } = next.value;
		asked.push({ x: Array.from(x), sigma });
		next = run.next(goldenSlope(x, sigma));
	}
	const last = sigmas[sigmas.length - 1];
	return {
		latent: Array.from(latent, (value) => value / (1 - last)),
		asked,
		announced: announced.map(({ sigma }) => sigma),
	};
}

/** Largest difference, relative to the largest value. */
function relativeError(found: readonly number[], expected: readonly number[]): number {
	const scale = Math.max(...expected.map(Math.abs));
	return Math.max(...expected.map((value, i) => Math.abs(value - (found[i] ?? NaN)))) / scale;
}

/** Successive rows of a golden tensor. */
class GoldenDraws implements NoiseSource {
	count = 0;
	readonly #name: string;

	constructor(name: string) {
		this.#name = name;
	}

	draw(): Float32Array {
		return Float32Array.from(samplerGolden(this.#name).row(this.count++));
	}
}

const deterministic = SAMPLER_CASES.float32_relative_error_deterministic;
const stochastic = SAMPLER_CASES.float32_relative_error_stochastic;
const known = new Set(SAMPLER_IDS);

describe.each(Object.keys(deterministic).filter((id) => known.has(id)))('%s', (id) => {
	it.each(SAMPLER_CASES.schedulers.map((schedule, i) => [schedule, i] as const))(
		'over %s ends where ComfyUI ends, and asks as often',
		(schedule, index) => {
			const tolerance = 10 * (deterministic[id]?.[schedule] ?? 0);
			const golden = samplerGolden(`det.${id}`);
			for (const [i, steps] of STEPS.entries()) {
				for (const [j, shift] of SHIFTS.entries()) {
					for (const [k, denoise] of DENOISE.entries()) {
						const { latent, asked } = sample({ id, schedule, steps, shift, denoise });
						expect(relativeError(latent, golden.row(index, i, j, k))).toBeLessThan(tolerance);
						expect(asked).toHaveLength(samplerGolden(`nfe.${id}`).at(index, i, j, k));
					}
				}
			}
		},
	);

	it('asks for the same slopes, at noise levels that it announced', () => {
		const { asked, announced } = sample({ id, schedule: 'simple', steps: 8, shift: 3 });
		const sigmas = Array.from(samplerGolden(`eval_sigma.${id}`).values);
		expect(announced).toEqual(asked.map(({ sigma }) => sigma));
		expect(relativeError(announced, sigmas)).toBeLessThan(1e-6);
		for (const [i, { x }] of asked.entries()) {
			expect(relativeError(x, samplerGolden(`eval_x.${id}`).row(i))).toBeLessThan(2e-4);
		}
	});
});

const streamed = Object.keys(stochastic).filter((id) => findSampler(id).noise === 'stream');

describe.each(streamed)('%s', (id) => {
	const sources = ['cpu', 'nv'].flatMap((source, s) =>
		SAMPLER_CASES.schedulers_stochastic.map((schedule, i) => [schedule, source, s, i] as const),
	);
	it.each(sources)('over %s with the noise of %s', (schedule, source, s, index) => {
		const tolerance = 10 * (stochastic[id]?.[schedule] ?? 0);
		for (const [i, steps] of STEPS.entries()) {
			for (const [j, shift] of SHIFTS.entries()) {
				const noise = new GoldenDraws(`draws.${source}`);
				const { latent, asked, announced } = sample({ id, schedule, steps, shift, noise });
				const expected = samplerGolden(`sto.${id}`).row(s, index, i, j);
				expect(relativeError(latent, expected)).toBeLessThan(tolerance);
				expect(noise.count).toBe(samplerGolden(`draw_count.${id}`).at(s, index, i, j));
				expect(announced).toEqual(asked.map(({ sigma }) => sigma));
			}
		}
	});
});

describe('eta, the noise scale and a denoising strength', () => {
	const draws = (): NoiseSource => new GoldenDraws('draws.cpu');
	it.each(STEPS.map((steps, i) => [steps, i] as const))('count in %d steps', (steps, i) => {
		const common = { schedule: 'simple', steps, shift: 3 };
		const euler = { id: 'euler_ancestral', ...common };
		const dpm = { id: 'dpmpp_2s_ancestral', ...common };
		for (const [found, golden] of [
			[sample({ ...euler, noise: draws(), eta: 0.5, noiseScale: 1.1 }), 'sto_eta.euler_ancestral'],
			[sample({ ...dpm, noise: draws(), eta: 0.45 }), 'sto_eta.dpmpp_2s_ancestral'],
			[sample({ ...euler, noise: draws(), denoise: 0.6 }), 'sto_denoise.euler_ancestral'],
		] as const) {
			expect(relativeError(found.latent, samplerGolden(golden).row(i))).toBeLessThan(1e-5);
		}
	});
});

const brownian = Object.keys(stochastic).filter((id) => findSampler(id).noise === 'brownian');

describe.each(brownian)('%s', (id) => {
	it.each(SAMPLER_CASES.schedulers_stochastic.map((schedule, i) => [schedule, i] as const))(
		'over %s with a Brownian motion',
		(schedule, index) => {
			const tolerance = 10 * (stochastic[id]?.[schedule] ?? 0);
			for (const [i, steps] of STEPS.entries()) {
				for (const [j, shift] of SHIFTS.entries()) {
					const { latent } = sample({
						...{ id, schedule, steps, shift },
						noise: (sigmas) =>
							new BrownianMotion(sigmas, BigInt(SAMPLER_CASES.seed), (seed) =>
								torchRandn(seed, VALUES),
							),
					});
					const expected = samplerGolden(`brownian.${id}`).row(index, i, j);
					expect(relativeError(latent, expected)).toBeLessThan(tolerance);
				}
			}
		},
	);
});

describe('a run of a single step', () => {
	it.each(SAMPLER_IDS)('of %s ends in finite numbers', (id) => {
		const noise: NoiseSource = { draw: () => torchRandn(1, VALUES) };
		const { latent } = sample({ id, schedule: 'simple', steps: 1, shift: 3, noise });
		expect(latent.every(Number.isFinite)).toBe(true);
	});
});
