import { describe, expect, it } from 'vitest';
import { flowMatchSchedule } from '../../../../../src/families/schedules/flow-match.ts';
import { eulerStep } from '../../../../../src/pipeline/sampling/samplers/euler.ts';

describe('eulerStep', () => {
	it('rounds after each operation and changes the latent in place', () => {
		const { fround } = Math;
		const sigmas = flowMatchSchedule(8, 3);
		const [sigma = 0, next = 0] = [sigmas[1], sigmas[2]];
		const latent = Float32Array.of(0.1, -3.3, 1e-8);
		const velocity = Float32Array.of(0.7, 0.123456789, -2);
		const expected = Array.from(latent, (x, i) =>
			fround(x + fround(fround(next - sigma) * (velocity[i] ?? 0))),
		);
		eulerStep(latent, velocity, sigma, next);
		expect(Array.from(latent)).toEqual(expected);
	});

	it('refuses a slope of another size', () => {
		expect(() => eulerStep(new Float32Array(2), new Float32Array(3), 1, 0)).toThrow(RangeError);
	});
});
