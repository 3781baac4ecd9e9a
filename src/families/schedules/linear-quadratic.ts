import type { Schedule } from './schedule.ts';
import { rangeOf } from './sigma-curve.ts';

/** How far the linear half goes. */
const LINEAR_END = 0.025;

/** Tiny even steps, then wider and wider ones. The shift does not enter. */
export const linearQuadratic: Schedule = (steps, curve) => {
	const { most } = rangeOf(curve);
	if (steps === 1) return Float32Array.of(most, 0);
	const linear = Math.floor(steps / 2);
	const quadratic = steps - linear;
	const rest = linear - LINEAR_END * steps;
	const a = rest / (linear * quadratic ** 2);
	const b = LINEAR_END / linear - (2 * rest) / quadratic ** 2;
	const c = a * linear ** 2;
	const progress = (i: number): number => {
		if (i === steps) return 1;
		return i < linear ? (i * LINEAR_END) / linear : a * i ** 2 + b * i + c;
	};
	return Float32Array.from({ length: steps + 1 }, (_, i) => Math.fround(1 - progress(i)) * most);
};
