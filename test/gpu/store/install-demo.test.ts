import { proxy, type Remote } from 'comlink';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { DEMO_MODEL_ID } from '../../../src/install/manager/bundled-models.ts';
import type { ManagerEvent } from '../../../src/install/manager/install-manager.ts';
import type { LocalInstallManager } from '../../../src/install/manager/local-install-manager.ts';
import { PlacedShardStore } from '../../../src/store/placed-shard-store.ts';
import { openInstalls } from '../install-demo.ts';

const tabs = [openInstalls(), openInstalls()] as const;
let first: Remote<LocalInstallManager>;
let second: Remote<LocalInstallManager>;

beforeEach(async () => {
	first = await tabs[0].call(async (manager) => manager);
	second = await tabs[1].call(async (manager) => manager);
	await first.delete(DEMO_MODEL_ID);
});

afterAll(async () => {
	await first.delete(DEMO_MODEL_ID);
	for (const tab of tabs) tab.close();
});

/** Collects the names of the shards that were fetched. */
function shardsInto(names: string[]): (event: ManagerEvent) => void {
	return proxy((event: ManagerEvent) => {
		if (event.type === 'shard') names.push(event.name);
	});
}

async function demo(manager = first) {
	return (await manager.models()).find(({ id }) => id === DEMO_MODEL_ID);
}

it('the demo is installed like any other model: in the file system, under the lock, with a journal', async () => {
	const states: (string | undefined)[] = [];
	const installing = first.resume(
		DEMO_MODEL_ID,
		proxy((event: ManagerEvent) => {
			if (event.type !== 'shard' || event.done !== 1) return;
			void demo(second).then((model) => states.push(model?.state));
		}),
	);
	expect(await installing).toBe('installed');
	await expect.poll(() => states).toEqual(['installing']);
	expect(await demo()).toMatchObject({ state: 'installed', backend: 'opfs', resumable: true });
	expect(await new PlacedShardStore().placement(DEMO_MODEL_ID)).toBe('opfs');
});

it('of two tabs that open at once one fetches the demo, and the other waits for it', async () => {
	const fetched: [string[], string[]] = [[], []];
	const options = { waitForOtherTab: true };
	const outcomes = await Promise.all([
		first.resume(DEMO_MODEL_ID, shardsInto(fetched[0]), options),
		second.resume(DEMO_MODEL_ID, shardsInto(fetched[1]), options),
	]);
	expect(outcomes).toEqual(['installed', 'installed']);
	expect(fetched.map(({ length }) => length).filter((length) => length === 0)).toHaveLength(1);
	expect(await demo(second)).toMatchObject({ state: 'installed' });
});

it('a damaged shard of the demo is fetched again, and only that one', async () => {
	await first.resume(DEMO_MODEL_ID, shardsInto([]));
	const damaged = 'transformer/layers.1.bin';
	const root = await navigator.storage.getDirectory();
	const shards = await root.getDirectoryHandle('shardlight-shards');
	const folder = await shards.getDirectoryHandle(DEMO_MODEL_ID);
	const shard = await folder.getFileHandle(encodeURIComponent(damaged));
	const writable = await shard.createWritable({ keepExistingData: true });
	await writable.write({ type: 'write', position: 1000, data: new Uint8Array(900).fill(7) });
	await writable.close();
	const { damaged: found } = await first.check(DEMO_MODEL_ID, shardsInto([]));
	expect(found).toEqual([damaged]);
	const fetched: string[] = [];
	expect(await first.repair(DEMO_MODEL_ID, shardsInto(fetched))).toBe('installed');
	expect(fetched).toEqual([damaged]);
	expect((await first.check(DEMO_MODEL_ID, shardsInto([]))).damaged).toEqual([]);
});
