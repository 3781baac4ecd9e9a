import { type Remote, wrap } from 'comlink';
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
