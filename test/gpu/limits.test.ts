import { expect, it, vi } from 'vitest';
import { selfTest } from '../../src/gpu/fused/self-test/self-test.ts';
import { GpuContext } from '../../src/gpu/gpu-context.ts';
import { KernelPipelines } from '../../src/gpu/kernels/dispatch/kernel-pipelines.ts';
import { TileRules } from '../../src/gpu/kernels/dispatch/tile-rules.ts';

const KILOBYTE = 1024;

/** A device that refuses what such a GPU would refuse. */
async function openLimited(workgroupBytes: number, threads: number): Promise<GpuContext> {
	const adapter = await navigator.gpu.requestAdapter();
	if (adapter === null) throw new Error('There is no adapter');
	const request = adapter.requestDevice.bind(adapter);
	adapter.requestDevice = (descriptor = {}) =>
		request({
			...descriptor,
			requiredLimits: {
				...descriptor.requiredLimits,
				maxComputeWorkgroupStorageSize: workgroupBytes,
				maxComputeInvocationsPerWorkgroup: threads,
				maxComputeWorkgroupSizeX: threads,
				maxComputeWorkgroupSizeY: threads,
			},
		});
	const asked = vi.spyOn(GPU.prototype, 'requestAdapter').mockResolvedValue(adapter);
	try {
		return await GpuContext.open();
	} finally {
		asked.mockRestore();
	}
}

it.each([
	[16, 256],
	[32, 1024],
])('every kernel runs right on a device of %i KB and %i threads', async (kilobytes, threads) => {
	using context = await openLimited(kilobytes * KILOBYTE, threads);
	const { limits } = context.device;
	expect(limits.maxComputeWorkgroupStorageSize).toBe(kilobytes * KILOBYTE);
	expect(limits.maxComputeInvocationsPerWorkgroup).toBe(threads);
	for (const level of ['safe', 'tuned'] as const) {
		const tiles = new TileRules(level);
		const target = {
			...{ limits, unpackKeepsSubnormals: true, compilesSlowly: true, tiles },
			maxDispatchFlops: Infinity,
		};
		expect(await selfTest(context, new KernelPipelines(context), target)).toEqual(new Map());
		expect(tiles.refused).toEqual(new Map());
	}
});
