import { describe, expect, it } from 'vitest';
import { InvalidRecipeError } from '../../../../src/pipeline/errors.ts';
import {
	eulerStep,
	flowMatchSchedule,
} from '../../../../src/pipeline/sampling/flow-match-schedule.ts';
import { goldenTensors } from '../../../fixtures/golden-files.ts';
import { floats } from '../../../fixtures/read-safetensors.ts';

const golden = goldenTensors('dit-tiny.golden.safetensors');

describe('flowMatchSchedule', () => {
	it('has the golden sigmas and timesteps for 8 steps, bit for bit', () => {
		const { sigmas, timesteps } = flowMatchSchedule(8);
		expect(sigmas).toEqual(floats(golden, 'sigmas'));
		expect(timesteps).toEqual(floats(golden, 'timesteps'));
	});

	it('gives the transformer the t of the specification', () => {
		expect(Array.from(flowMatchSchedule(8).t)).toEqual([
			0, 0.045454591512680054, 0.10000000149011612, 0.1666666865348816, 0.25, 0.3571428954601288,
			0.5, 0.699999988079071,
		]);
	});

	it('rounds as diffusers does for 9 steps', () => {
		const printed = Array.from(flowMatchSchedule(9).sigmas, (sigma) => sigma.toFixed(9));
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
			const { sigmas, timesteps, t } = flowMatchSchedule(steps);
			expect(sigmas[0]).toBe(1);
			expect(sigmas[steps]).toBe(0);
			expect([...sigmas]).toEqual([...sigmas].sort((a, b) => b - a));
			expect(new Set(sigmas).size).toBe(steps + 1);
			expect([timesteps.length, t.length]).toEqual([steps, steps]);
		}
	});

	it.each([0, 51, -1, 1.5, NaN, Infinity])('refuses %d steps', (steps) => {
		expect(() => flowMatchSchedule(steps)).toThrow(InvalidRecipeError);
	});
});

describe('eulerStep', () => {
	it('rounds after each operation and changes the latent in place', () => {
		const { fround } = Math;
		const { sigmas } = flowMatchSchedule(8);
		const [sigma = 0, next = 0] = [sigmas[1], sigmas[2]];
		const latent = Float32Array.of(0.1, -3.3, 1e-8);
		const velocity = Float32Array.of(0.7, 0.123456789, -2);
		const expected = Array.from(latent, (x, i) =>
			fround(x + fround(fround(next - sigma) * (velocity[i] ?? 0))),
		);
		eulerStep(latent, velocity, sigma, next);
		expect(Array.from(latent)).toEqual(expected);
	});

	it('refuses a velocity of another size', () => {
		expect(() => eulerStep(new Float32Array(2), new Float32Array(3), 1, 0)).toThrow(RangeError);
	});
});
