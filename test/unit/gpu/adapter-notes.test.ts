import { expect, it } from 'vitest';
import {
	adapterKey,
	type LossKind,
	lossKind,
	NO_NOTES,
	withLoss,
	withPicture,
} from '../../../src/gpu/adapter-notes.ts';

/** What browsers have said when they lost a device; the words of Dawn's backends. */
const RECORDED: readonly (readonly [string, LossKind])[] = [
	['ID3D12Device::GetDeviceRemovedReason failed with DXGI_ERROR_DEVICE_HUNG (0x887A0006)', 'hang'],
	['Device removed reason: DXGI_ERROR_DEVICE_REMOVED (0x887A0005)', 'hang'],
	['DXGI_ERROR_DEVICE_RESET (0x887A0007)', 'hang'],
	['DXGI_ERROR_DRIVER_INTERNAL_ERROR (0x887A0020)', 'hang'],
	['vkQueueSubmit failed with VK_ERROR_DEVICE_LOST', 'hang'],
	['Ignored (for causing prior/excessive GPU errors) (SubmissionsIgnored)', 'hang'],
	['vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY', 'memory'],
	['ID3D12Device3::EnqueueMakeResident failed with E_OUTOFMEMORY (0x8007000E)', 'memory'],
	['MakeResident has failed due to excessive video memory usage.', 'memory'],
	['A valid external Instance reference no longer exists.', 'other'],
];

it.each(RECORDED)('tells what "%s" means', (message, kind) => {
	expect(lossKind(message)).toBe(kind);
});

const HUNG = { kind: 'hang', message: 'DXGI_ERROR_DEVICE_HUNG', atMilliseconds: 1 } as const;

it('halves submits at each loss down to a quarter, and counts losses until a picture is drawn', () => {
	let notes = NO_NOTES;
	for (const halvings of [1, 2, 2]) {
		notes = withLoss(notes, HUNG);
		expect(notes.halvings).toBe(halvings);
	}
	expect(notes.lossesInARow).toBe(3);
	const drawn = withPicture(notes);
	expect(drawn).toMatchObject({ lossesInARow: 0, halvings: 2 });
	expect(drawn.losses).toHaveLength(3);
});

it('learns nothing of submits where memory ran out, and remembers the last 20', () => {
	let notes = NO_NOTES;
	for (let loss = 0; loss < 30; loss++) {
		notes = withLoss(notes, { kind: 'memory', message: String(loss), atMilliseconds: loss });
	}
	expect(notes).toMatchObject({ halvings: 0, lossesInARow: 0 });
	expect(notes.losses).toHaveLength(20);
	expect(notes.losses.at(-1)?.message).toBe('29');
});

it('keeps apart the two GPUs of a laptop, and versions of the browser', () => {
	const limits = {
		maxBufferSize: 2 ** 31,
		maxComputeWorkgroupStorageSize: 32768,
		maxComputeInvocationsPerWorkgroup: 1024,
	};
	const key = (vendor: string, chrome: number): string => {
		const info = { vendor, architecture: '', description: '' } as GPUAdapterInfo;
		return adapterKey(info, limits, `Mozilla/5.0 Chrome/${chrome}.0.0.0 Safari/537.36`);
	};
	const keys = [key('nvidia', 150), key('intel', 150), key('intel', 151)];
	expect(new Set(keys).size).toBe(3);
	expect(key('intel', 150)).toBe(keys[1]);
});
