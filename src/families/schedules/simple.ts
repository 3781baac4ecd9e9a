import type { Schedule } from './schedule.ts';

/** Evenly spaced in the table of the training. */
export const simple: Schedule = (steps, { table }) => {
	const stride = table.length / steps;
	const sigmas = new Float32Array(steps + 1);
	for (let i = 0; i < steps; i++) sigmas[i] = table[table.length - 1 - Math.trunc(i * stride)];
	return sigmas;
};
