import { expect, it } from 'vitest';
import { benchAdapters } from '../../../lab/bench/adapter-bench.ts';
import { DEMO_MODEL_ID } from '../../../src/install/manager/bundled-models.ts';
import { installDemo } from '../install-demo.ts';

it('draws with adapters in the same reads, and in so much more memory as their factors take', async () => {
	await installDemo();
	const [without, small, large] = await benchAdapters(DEMO_MODEL_ID, {
		...{ width: 64, height: 64, steps: 2, budgets: [1e9] },
		rankSets: [[], [8], [16]],
	});
	expect(small.bytesRead).toBe(without.bytesRead);
	const [ofSmall, ofLarge] = [small, large].map(({ peakBytes }) => peakBytes - without.peakBytes);
	expect(ofSmall).toBeGreaterThan(0);
	// Twice the rank, but for the padding of tensors.
	expect(ofLarge / ofSmall).toBeGreaterThan(1.8);
	expect(ofLarge / ofSmall).toBeLessThan(2.2);
});
