import { describe, expect, it } from 'vitest';
import { flowMatchSchedule, TRAIN_STEPS } from '../../../../src/families/schedules/flow-match.ts';
import { zImageTime } from '../../../../src/families/z-image/denoiser.ts';
import { goldenTensors } from '../../../fixtures/golden-files.ts';
import { floats } from '../../../fixtures/read-safetensors.ts';

const SHIFT = 3;
const golden = goldenTensors('dit-tiny.golden.safetensors');

describe('flowMatchSchedule', () => {
	it('has the golden sigmas and timesteps for 8 steps, bit for bit', () => {
		const sigmas = flowMatchSchedule(8, SHIFT);
		expect(sigmas).toEqual(floats(golden, 'sigmas'));
		const timesteps = sigmas.subarray(0, -1).map((sigma) => TRAIN_STEPS * sigma);
		expect(timesteps).toEqual(floats(golden, 'timesteps'));
	});

	it('gives the transformer of Z-Image the t of the specification', () => {
		const times = flowMatchSchedule(8, SHIFT).subarray(0, -1).map(zImageTime);
		expect(Array.from(times)).toEqual([
			0, 0.045454591512680054, 0.10000000149011612, 0.1666666865348816, 0.25, 0.3571428954601288,
			0.5, 0.699999988079071,
		]);
	});

	it('rounds as diffusers does for 9 steps', () => {
		const printed = Array.from(flowMatchSchedule(9, SHIFT), (sigma) => sigma.toFixed(9));
		expect(printed).toEqual([
			'1.000000000',
			'0.960000038',
			'0.913043559',
			'0.857142806',
			'0.789473712',
			'0.705882370',
			'0.599999964',
			'0.461538494',
			'0.272727281',
			'0.000000000',
		]);
	});

	it('falls from 1 to 0 for every number of steps', () => {
		for (let steps = 1; steps <= 50; steps++) {
			const sigmas = flowMatchSchedule(steps, SHIFT);
			expect(sigmas[0]).toBe(1);
			expect(sigmas[steps]).toBe(0);
			expect([...sigmas]).toEqual([...sigmas].sort((a, b) => b - a));
			expect(new Set(sigmas).size).toBe(steps + 1);
		}
	});

	it('is uniform where it is not shifted', () => {
		expect(Array.from(flowMatchSchedule(4, 1))).toEqual([1, 0.75, 0.5, 0.25, 0]);
	});

	it.each([0, -1, 1.5, NaN, Infinity])('refuses %d steps', (steps) => {
		expect(() => flowMatchSchedule(steps, SHIFT)).toThrow(RangeError);
	});
});
