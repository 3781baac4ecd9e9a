import { afterEach, expect, it, vi } from 'vitest';
import { GpuDeviceLostError, GpuFaultError, OutOfGpuMemoryError } from '../../../src/gpu/errors.ts';
import { GpuContext } from '../../../src/gpu/gpu-context.ts';
import { readBack } from '../../../src/gpu/read-back.ts';
import { StagingRing } from '../../../src/gpu/staging-ring.ts';

afterEach(() => void vi.restoreAllMocks());

/** Opens a context whose device can be lost as a driver would do it, not by `destroy`. */
async function openToLose(): Promise<{
	readonly context: GpuContext;
	readonly lose: (message: string) => void;
}> {
	const { promise, resolve } = Promise.withResolvers<GPUDeviceLostInfo>();
	vi.spyOn(GPUDevice.prototype, 'lost', 'get').mockReturnValue(promise);
	const context = await GpuContext.open();
	const lose = (message: string): void =>
		resolve({ __brand: 'GPUDeviceLostInfo', reason: 'unknown', message });
	return { context, lose };
}

const STORAGE = { size: 1024, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC };

function says(device: GPUDevice, error: GPUError): void {
	device.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
}

it('a lost device fails what waits for it and what comes after', async () => {
	const context = await GpuContext.open();
	const waiting = context.orLost(new Promise(() => undefined));
	context.device.destroy();
	await expect(waiting).rejects.toBeInstanceOf(GpuDeviceLostError);
	expect(() => context.assertHealthy()).toThrow(GpuDeviceLostError);
	await expect(context.idle()).rejects.toBeInstanceOf(GpuDeviceLostError);
});

it('a device lost while a shard is read into its memory is what the upload fails with', async () => {
	const context = await GpuContext.open();
	using ring = new StagingRing(context, 4096);
	const target = context.device.createBuffer({ size: 256, usage: GPUBufferUsage.COPY_DST });
	const read = async (_offset: number, into: Uint8Array) => {
		context.device.destroy();
		into.set(new Uint8Array(256));
	};
	await expect(ring.upload(read, 256, target)).rejects.toBeInstanceOf(GpuDeviceLostError);
});

it.each(['VK_ERROR_OUT_OF_DEVICE_MEMORY', 'E_OUTOFMEMORY', 'ran out of memory'])(
	'a device lost with "%s" is one without memory',
	async (message) => {
		const { context, lose } = await openToLose();
		lose(message);
		await expect(context.orLost(new Promise(() => undefined))).rejects.toBeInstanceOf(
			OutOfGpuMemoryError,
		);
	},
);

it('a device lost before it answered a large allocation is one without memory; else it is just lost', async () => {
	const during = await openToLose();
	during.context.device.popErrorScope = () => new Promise(() => undefined);
	during.context.createBuffer('weights', { ...STORAGE, size: 2 ** 26 });
	during.lose('gone');
	await expect(during.context.orLost(new Promise(() => undefined))).rejects.toBeInstanceOf(
		OutOfGpuMemoryError,
	);

	const small = await openToLose();
	small.context.device.popErrorScope = () => new Promise(() => undefined);
	small.context.createBuffer('staging', STORAGE);
	small.lose('gone');
	await expect(small.context.orLost(new Promise(() => undefined))).rejects.toBeInstanceOf(
		GpuDeviceLostError,
	);

	const after = await openToLose();
	after.context.createBuffer('weights', { ...STORAGE, size: 2 ** 26 });
	await after.context.idle();
	after.lose('gone');
	await expect(after.context.orLost(new Promise(() => undefined))).rejects.toBeInstanceOf(
		GpuDeviceLostError,
	);
});

it('a failed allocation is told by the name of its buffer, whatever fails after it', async () => {
	using context = await GpuContext.open();
	const { device } = context;
	const popErrorScope = device.popErrorScope.bind(device);
	device.popErrorScope = async () => {
		await popErrorScope();
		return new GPUOutOfMemoryError('no memory');
	};
	const buffer = context.createBuffer('weights', { ...STORAGE, label: 'weights layers.3' });
	// Work on a buffer that does not exist is refused, and that may be heard first.
	says(device, new GPUValidationError('invalid buffer'));
	expect(() => context.assertHealthy()).toThrow(GpuFaultError);
	device.popErrorScope = popErrorScope;
	await vi.waitFor(() => expect(() => context.assertHealthy()).toThrow(/layers\.3/), 30_000);
	await expect(readBack(context, buffer, 16)).rejects.toBeInstanceOf(OutOfGpuMemoryError);
});

it('memory that is missing while work runs spoils its result, not the next picture', async () => {
	using context = await GpuContext.open();
	const buffer = context.createBuffer('activations', STORAGE);
	const reading = readBack(context, buffer, 16);
	says(context.device, new GPUOutOfMemoryError('inside ONNX Runtime'));
	await expect(reading).rejects.toBeInstanceOf(OutOfGpuMemoryError);
	expect(context.ledger.bytesOf('staging')).toBe(0);
});

it('a staging buffer that cannot be mapped is want of memory at once', async () => {
	using context = await GpuContext.open();
	const { device } = context;
	device.createBuffer = () => {
		throw new RangeError('createBuffer failed, size is too large');
	};
	const staging = { size: 1024, usage: GPUBufferUsage.MAP_WRITE, mappedAtCreation: true };
	expect(() => context.createBuffer('staging', staging)).toThrow(OutOfGpuMemoryError);
	expect(context.ledger.bytes).toBe(0);
});
