import type { Schedule } from './schedule.ts';

const NEARLY_ZERO = 1e-5;

/** Every so many of the table, from its second level: starts below pure noise, and steps may be more or fewer. */
export const ddimUniform: Schedule = (steps, { table }) => {
	const endsInTable = table[1] <= NEARLY_ZERO;
	const stride = Math.max(1, Math.floor(table.length / (endsInTable ? steps + 1 : steps)));
	const sigmas = endsInTable ? [] : [0];
	for (let i = 1; i < table.length; i += stride) sigmas.push(table[i]);
	return Float32Array.from(sigmas.reverse());
};
