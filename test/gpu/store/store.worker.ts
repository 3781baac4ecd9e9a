import { expose } from 'comlink';
import { IndexedDbShardStore } from '../../../src/store/indexeddb-shard-store.ts';
import { OpfsShardStore } from '../../../src/store/opfs-shard-store.ts';
import { PlacedShardStore } from '../../../src/store/placed-shard-store.ts';
import { probeBackend } from '../../../src/store/probe-backend.ts';
import type { BackendSpeed, StoreBackend } from '../../../src/store/store-backend.ts';
import { runContractCase } from '../../fixtures/shard-store-contract.ts';

const PREFIX = 'contract-test';

/** Handles that read and write at once exist in dedicated workers only. */
const worker = {
	async contractCase(backend: StoreBackend | 'placed', name: string): Promise<void> {
		await runContractCase(open(backend), name);
	},
	async checkRoom(backend: StoreBackend, byteLength: number): Promise<void> {
		await open(backend).checkRoom('model', byteLength);
	},
	/** As a crash in the middle of `checkRoom` leaves it. */
	async leaveReservation(byteLength: number): Promise<void> {
		const root = await navigator.storage.getDirectory();
		const handle = await root.getFileHandle(`${PREFIX}-reservation`, { create: true });
		const writable = await handle.createWritable();
		await writable.truncate(byteLength);
		await writable.close();
	},
	async forgetReservation(): Promise<void> {
		await new PlacedShardStore(PREFIX).forgetReservation();
	},
	async probe(): Promise<readonly BackendSpeed[]> {
		const placed = new PlacedShardStore(PREFIX);
		const speeds: BackendSpeed[] = [];
		for (const backend of placed.backends) {
			speeds.push(await probeBackend(placed.store(backend), backend));
		}
		return speeds;
	},
};

function open(backend: StoreBackend | 'placed') {
	if (backend === 'placed') return new PlacedShardStore(PREFIX);
	return backend === 'opfs' ? new OpfsShardStore(PREFIX) : new IndexedDbShardStore(PREFIX);
}

export type StoreWorker = typeof worker;

expose(worker);
