import { type Remote, wrap } from 'comlink';
import '../../../src/bridge/error-transfer.ts';
import { afterAll, describe, expect, it } from 'vitest';
import { SHARD_STORE_CONTRACT } from '../../fixtures/shard-store-contract.ts';
import type { StoreWorker } from './store.worker.ts';

const worker = new Worker(new URL('./store.worker.ts', import.meta.url), { type: 'module' });
const remote: Remote<StoreWorker> = wrap(worker);

afterAll(() => worker.terminate());

describe.each(['opfs', 'indexeddb', 'placed'] as const)('the store %s', (backend) => {
	it.each(Object.keys(SHARD_STORE_CONTRACT))('%s', async (name) => {
		await remote.contractCase(backend, name);
	});
});

describe('room', () => {
	/** More than any disk has, and so more than any browser grants. */
	const TOO_MUCH = 2 ** 50;

	async function usedBytes(): Promise<number> {
		return (await navigator.storage.estimate()).usage ?? 0;
	}

	it('is refused by the file system where no quota grants it, and only there', async () => {
		await expect(remote.checkRoom('opfs', TOO_MUCH)).rejects.toMatchObject({
			code: 'storage-full',
			data: { neededBytes: TOO_MUCH },
		});
		await remote.checkRoom('indexeddb', TOO_MUCH);
	});

	it('that was granted is given back at once', async () => {
		const before = await usedBytes();
		await remote.checkRoom('opfs', 300e6);
		expect(await usedBytes()).toBeLessThan(before + 1e6);
	});

	it('that a crash left reserved is given back at the next start', async () => {
		const before = await usedBytes();
		await remote.leaveReservation(100e6);
		expect(await usedBytes()).toBeGreaterThan(before + 99e6);
		await remote.forgetReservation();
		expect(await usedBytes()).toBeLessThan(before + 1e6);
	});
});

it('where a model lies is asked once for all its shards, and again once another thread has moved it', async () => {
	expect(await remote.placementReads()).toEqual([1, 1]);
});

describe('the probe', () => {
	it('measures every backend and leaves nothing behind', async () => {
		const speeds = await remote.probe();
		console.log(JSON.stringify(speeds));
		expect(speeds.map(({ backend }) => backend)).toEqual(['opfs', 'indexeddb']);
		for (const { readBytesPerSecond, writeBytesPerSecond } of speeds) {
			expect(readBytesPerSecond).toBeGreaterThan(0);
			expect(writeBytesPerSecond).toBeGreaterThan(0);
		}
	});
});
