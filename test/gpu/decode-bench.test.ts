import { expect, it } from 'vitest';
import { benchDecode } from '../../lab/bench/decode-bench.ts';

it('times a decode in each cutting', async () => {
	const report = await benchDecode({
		sizes: [{ width: 64, height: 40 }],
		config: { block_out_channels: [32, 64], norm_num_groups: 32 },
		repeats: 1,
		mostCuttings: 2,
	});
	console.log(JSON.stringify(report));
	expect(report.timings).toHaveLength(2);
	for (const timing of report.timings) {
		expect(timing.error).toBeUndefined();
		expect(timing.milliseconds).toBeGreaterThan(0);
		expect(timing.peakActivationBytes).toBeLessThan((timing.allowedBytes ?? 0) + 2 ** 20);
	}
});
