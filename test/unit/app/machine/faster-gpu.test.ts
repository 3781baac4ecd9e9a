import { expect, it } from 'vitest';
import { mayHaveFasterGpu } from '../../../../src/app/machine/faster-gpu.ts';

const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/150.0.0.0';
const LINUX = 'Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0.0.0';

it.each([
	[true, 'intel', 'gen-12lp', WINDOWS],
	[true, 'intel', 'xe-lpg', WINDOWS],
	[false, 'intel', 'xe-hpg', WINDOWS],
	[false, 'nvidia', 'ada', WINDOWS],
	[false, 'intel', 'gen-12lp', LINUX],
])('%s for %s %s', (expected, vendor, architecture, userAgent) => {
	expect(mayHaveFasterGpu({ vendor, architecture }, userAgent)).toBe(expected);
});
