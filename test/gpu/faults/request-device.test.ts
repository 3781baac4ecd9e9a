import { afterEach, expect, it, vi } from 'vitest';
import { GpuDeviceLostError, WebGpuUnavailableError } from '../../../src/gpu/errors.ts';
import { GpuContext } from '../../../src/gpu/gpu-context.ts';
import { KernelPipelines } from '../../../src/gpu/kernels/dispatch/kernel-pipelines.ts';

const NEVER = new Promise<never>(() => undefined);

afterEach(() => {
	vi.restoreAllMocks();
	vi.useRealTimers();
});

it('a GPU process that does not say which adapter there is ends in a word of what to do', async () => {
	vi.useFakeTimers();
	vi.spyOn(GPU.prototype, 'requestAdapter').mockReturnValue(NEVER);
	const refused = expect(GpuContext.open()).rejects.toMatchObject({ data: { reason: 'silent' } });
	await vi.advanceTimersByTimeAsync(42_000);
	await refused;
});

it('a device that comes after nobody waits for it any more is given back', async () => {
	vi.useFakeTimers();
	const adapter = await navigator.gpu.requestAdapter();
	if (adapter === null) throw new Error('no adapter');
	const late = await adapter.requestDevice();
	const { promise, resolve } = Promise.withResolvers<GPUDevice>();
	vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockReturnValue(promise);
	vi.spyOn(GPU.prototype, 'requestAdapter').mockResolvedValue(adapter);
	const refused = expect(GpuContext.open()).rejects.toBeInstanceOf(WebGpuUnavailableError);
	await vi.advanceTimersByTimeAsync(42_000);
	await refused;
	resolve(late);
	expect((await late.lost).reason).toBe('destroyed');
});

it('a GPU process that crashes between adapter and device is asked again', async () => {
	const refuse = vi
		.spyOn(GPUAdapter.prototype, 'requestDevice')
		.mockRejectedValueOnce(new DOMException('the instance is gone', 'OperationError'));
	using context = await GpuContext.open();
	expect(refuse).toHaveBeenCalledTimes(2);
	await context.idle();
});

it('a device that is lost while a kernel compiles fails whoever waits for the kernel', async () => {
	const context = await GpuContext.open();
	const { promise: compiling, resolve: begun } = Promise.withResolvers<undefined>();
	vi.spyOn(context.device, 'createComputePipelineAsync').mockImplementation(() => {
		begun(undefined);
		return NEVER;
	});
	const pipelines = new KernelPipelines(context);
	const pipeline = pipelines.get('empty', '@compute @workgroup_size(1) fn main() {}');
	await compiling;
	context.device.destroy();
	await expect(pipeline).rejects.toBeInstanceOf(GpuDeviceLostError);
});
