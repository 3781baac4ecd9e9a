import { inverseIncompleteBeta } from './incomplete-beta.ts';
import type { Schedule } from './schedule.ts';

/** Of the table, where a beta distribution has its quantiles: more steps at both ends. */
export const beta = betaSchedule(0.6, 0.6);

/** RES4LYF's, with more steps at high noise. */
export const beta57 = betaSchedule(0.5, 0.7);

function betaSchedule(a: number, b: number): Schedule {
	return (steps, { table }) => {
		const places = new Set<number>();
		for (let i = 0; i < steps; i++) {
			const quantile = inverseIncompleteBeta(1 - i / steps, a, b);
			// Quantiles that fall on one place are one step.
			places.add(roundHalfToEven((table.length - 1) * quantile));
		}
		return Float32Array.of(...Array.from(places, (place) => table[place]), 0);
	};
}

function roundHalfToEven(value: number): number {
	const floor = Math.floor(value);
	if (value - floor !== 0.5) return Math.round(value);
	return floor % 2 === 0 ? floor : floor + 1;
}
