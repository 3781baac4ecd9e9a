import { describe, expect, it } from 'vitest';
import { findSampler } from '../../../../src/pipeline/sampling/samplers/find-sampler.ts';
import { findSchedule } from '../../../../src/families/schedules/find-schedule.ts';
import { samplingSigmas } from '../../../../src/pipeline/sampling/sampling-sigmas.ts';
import { exponentialCurve, flowCurve } from '../../../../src/families/schedules/sigma-curve.ts';
import { SAMPLER_CASES, samplerGolden } from '../../../fixtures/sampler-golden.ts';

const SIZE = { width: 1024, height: 1024 };
const { steps: STEPS, shifts: SHIFTS, denoise: DENOISE } = SAMPLER_CASES;
/** Equal to the last bit: they only pick from a table, or compute in f64. */
const EXACT = new Set(['simple', 'beta', 'beta57', 'ddim_uniform', 'linear_quadratic']);
const TOLERANCE = 2.5e-7;

function differences(found: ArrayLike<number>, expected: ArrayLike<number>): readonly number[] {
	return Array.from(expected, (value, i) => Math.abs(value - (found[i] ?? NaN)));
}

describe('the table of noise levels', () => {
	it.each(SHIFTS)('has the bits of ComfyUI for shift %d', (shift) => {
		expect(Array.from(flowCurve(shift).table)).toEqual(
			Array.from(samplerGolden(`table.shift${shift}`).values),
		);
	});
});

describe.each([
	['sigmas', 'euler'],
	['sigmas_discard', 'dpm_2'],
])('%s', (name, sampler) => {
	it.each(SAMPLER_CASES.schedulers_sigmas.map((id, i) => [id, i] as const))(
		'of %s are those of ComfyUI for all steps, shifts and denoising strengths',
		(id, index) => {
			const golden = samplerGolden(name);
			const lengths = samplerGolden(`${name}.length`);
			for (const [i, steps] of STEPS.entries()) {
				for (const [j, shift] of SHIFTS.entries()) {
					for (const [k, denoise] of DENOISE.entries()) {
						const sigmas = samplingSigmas({
							...{ steps, denoise, sampler: findSampler(sampler) },
							schedule: (count) => findSchedule(id)(count, flowCurve(shift), SIZE),
						});
						const length = lengths.at(index, i, j, k);
						const expected = golden.row(index, i, j, k).slice(0, length);
						expect(sigmas).toHaveLength(length);
						if (EXACT.has(id)) expect(Array.from(sigmas)).toEqual(expected);
						else expect(Math.max(...differences(sigmas, expected))).toBeLessThan(TOLERANCE);
					}
				}
			}
		},
	);
});

describe('schedules of other programs', () => {
	it.each(
		SHIFTS.flatMap((shift) =>
			['default', 'pipeline', 'karras', 'exponential', 'beta'].map(
				(kind) => [kind, shift] as const,
			),
		),
	)('diffusers, %s, shift %d', (kind, shift) => {
		const ids: Readonly<Record<string, string>> = {
			default: 'flow_match_euler_twice',
			pipeline: 'flow_match_euler_discrete',
		};
		const schedule = findSchedule(ids[kind] ?? `flow_match_${kind}`);
		const golden = samplerGolden(`diffusers.${kind}.shift${shift}`);
		for (const [i, steps] of STEPS.entries()) {
			const expected = golden.row(i).slice(0, steps + 1);
			const found = schedule(steps, flowCurve(shift), SIZE);
			expect(found).toHaveLength(expected.length);
			expect(Math.max(...differences(found, expected))).toBeLessThan(TOLERANCE);
		}
	});

	it.each([
		[1024, 1024],
		[1344, 768],
		[2048, 2048],
	])('Flux2Scheduler at %dx%d', (width, height) => {
		const golden = samplerGolden(`flux2.${width}x${height}`);
		for (const [i, steps] of STEPS.entries()) {
			const found = findSchedule('flux2')(steps, flowCurve(1), { width, height });
			expect(Math.max(...differences(found, golden.row(i).slice(0, steps + 1)))).toBeLessThan(
				TOLERANCE,
			);
		}
	});

	it('simple with an exponential shift', () => {
		const golden = samplerGolden('flux_shift.simple');
		for (const [i, steps] of STEPS.entries()) {
			const found = findSchedule('simple')(steps, exponentialCurve(1.15), SIZE);
			expect(Math.max(...differences(found, golden.row(i).slice(0, steps + 1)))).toBeLessThan(
				TOLERANCE,
			);
		}
	});
});
