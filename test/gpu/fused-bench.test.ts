import { expect, it } from 'vitest';
import { benchKernels } from '../../lab/bench/kernel-bench.ts';

it('times kernels and blocks of both engines', async () => {
	const report = await benchKernels({
		dim: 128,
		heads: 1,
		ffnHidden: 341,
		tokens: [64],
		repeats: 1,
		warmUpMilliseconds: 1,
		sweep: false,
		only: ['block', 'attention', 'linear', 'conv'],
		convolutions: [
			{ channels: 16, size: 16 },
			{ channels: 16, outChannels: 8, size: 16, kernel: 1 },
		],
	});
	console.log(JSON.stringify(report));
	expect(report.timings.map(({ kernel, what }) => `${kernel} ${what}`)).toEqual([
		'block fused S=64',
		'block ort S=64',
		'attention S=64 chosen',
		'linear 64x128x341 chosen',
		'swiglu 64x128x341 chosen',
		'linear 64x128x128 chosen',
		'linear 64x341x128 chosen',
		'conv 16→16@16² chosen',
		'pointwise-conv 16→8@16² chosen',
	]);
	for (const { error, milliseconds, teraflops } of report.timings) {
		expect(error).toBeUndefined();
		expect(milliseconds).toBeGreaterThan(0);
		expect(teraflops).toBeGreaterThan(0);
	}
});
