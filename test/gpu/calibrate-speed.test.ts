import { expect, it } from 'vitest';
import { calibrateSpeed } from '../../src/gpu/fused/probe/calibrate-speed.ts';
import { WorkSpeed } from '../../src/gpu/fused/probe/work-speed.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { KernelPipelines } from '../../src/gpu/kernels/dispatch/kernel-pipelines.ts';

it('knows the speed of a GPU before its first block, and gives back what it took', async () => {
	using context = await GpuContext.open();
	const speed = new WorkSpeed();
	const target = {
		limits: context.device.limits,
		unpackKeepsSubnormals: true,
		compilesSlowly: true,
		maxDispatchFlops: Infinity,
	};
	await calibrateSpeed(context, new KernelPipelines(context), target, speed);
	expect(speed.isKnown).toBe(true);
	expect(context.ledger.bytes).toBe(0);
	console.log(`this GPU: ${(speed.maxSubmitFlops / 0.1 / 1e9).toFixed(0)} GFLOP/s`);
});
