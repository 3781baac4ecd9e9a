import { expect, it } from 'vitest';
import { sharesMemory } from '../../../src/gpu/shares-memory.ts';

it.each([
	['apple', 'metal-3', true],
	['qualcomm', 'adreno-7xx', true],
	['intel', 'xe-lpg', true],
	['intel', 'xe-hpg', false],
	['nvidia', 'hopper', false],
	['amd', 'rdna-3', false],
])('the GPU of %s, %s, shares memory with the processor: %s', (vendor, architecture, expected) => {
	expect(sharesMemory({ vendor, architecture })).toBe(expected);
});
