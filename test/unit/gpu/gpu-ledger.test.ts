import { expect, it } from 'vitest';
import { GpuLedger } from '../../../src/gpu/gpu-ledger.ts';

function watchedDevice(): { readonly device: GPUDevice; readonly ledger: GpuLedger } {
	const device = {
		createBuffer: ({ size }: GPUBufferDescriptor) => ({ size, destroy: () => undefined }),
	} as unknown as GPUDevice;
	return { device, ledger: GpuLedger.watch(device) };
}

it('tells what was held when most was held, one call after another', () => {
	const { device, ledger } = watchedDevice();
	const make = (category: 'weights' | 'activations', size: number): GPUBuffer =>
		ledger.account(category, () => device.createBuffer({ size, usage: 0 }));
	make('weights', 100);
	const scratch = make('activations', 50);
	scratch.destroy();
	make('activations', 20);
	expect(ledger.takeHighest()).toMatchObject({ weights: 100, activations: 50 });
	expect(ledger.takeHighest()).toMatchObject({ weights: 100, activations: 20 });
	expect(ledger.bytes).toBe(120);
});

it('lets nothing exceed a limit while work goes on, and anything after it', async () => {
	const { device, ledger } = watchedDevice();
	device.createBuffer({ size: 60, usage: 0 });
	await ledger.within(100, async () => {
		expect(ledger.fits(40)).toBe(true);
		expect(ledger.fits(41)).toBe(false);
	});
	expect(ledger.fits(1000)).toBe(true);
});
