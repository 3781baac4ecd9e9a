import { expose } from 'comlink';
import '../../../src/bridge/error-transfer.ts';
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
	/** How often it is asked where a model lies, for 20 opens of a shard before it is moved and 20 after. */
	async placementReads(): Promise<readonly number[]> {
		const placed = new PlacedShardStore(PREFIX);
		const elsewhere = new PlacedShardStore(PREFIX);
		const shard = { name: 'layers.0.bin', byteLength: 4 };
		const counts: number[] = [];
		for (const backend of ['opfs', 'indexeddb'] as const) {
			await elsewhere.store(backend).put('placed', shard, new Uint8Array(4));
			await elsewhere.place('placed', backend);
			const other = backend === 'opfs' ? 'indexeddb' : 'opfs';
			await elsewhere.store(other).deleteObjects('placed');
			counts.push(
				await countPlacementReads(async () => {
					for (let opens = 0; opens < 20; opens++) (await placed.open('placed', shard)).close();
				}),
			);
		}
		await elsewhere.store('indexeddb').deleteObjects('placed');
		await elsewhere.forgetPlacement('placed');
		return counts;
	},
};

type Get = (this: IDBObjectStore, ...query: [IDBValidKey | IDBKeyRange]) => IDBRequest;

async function countPlacementReads(act: () => Promise<void>): Promise<number> {
	const { prototype } = IDBObjectStore;
	const get = Reflect.get(prototype, 'get') as Get;
	let reads = 0;
	prototype.get = function (this: IDBObjectStore, ...query) {
		if (this.name === 'placements') reads++;
		return get.apply(this, query);
	};
	try {
		await act();
	} finally {
		prototype.get = get;
	}
	return reads;
}

function open(backend: StoreBackend | 'placed') {
	if (backend === 'placed') return new PlacedShardStore(PREFIX);
	return backend === 'opfs' ? new OpfsShardStore(PREFIX) : new IndexedDbShardStore(PREFIX);
}

export type StoreWorker = typeof worker;

expose(worker);
