import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { MemoryShardStore } from '../../fixtures/memory-shard-store.ts';
import { runContractCase, SHARD_STORE_CONTRACT } from '../../fixtures/shard-store-contract.ts';
import { FolderShardStore } from '../../../cli/folder-shard-store.ts';

// The stores that other tests and the command line tools stand on keep the browser backends' contract.
describe('a store in memory', () => {
	it.each(Object.keys(SHARD_STORE_CONTRACT))('%s', async (name) => {
		await runContractCase(new MemoryShardStore(), name);
	});
});

describe('a store in a folder', () => {
	// One folder is one model.
	const cases = Object.keys(SHARD_STORE_CONTRACT).filter((name) => !/one model only/.test(name));
	it.each(cases)('%s', async (name) => {
		const folder = mkdtempSync(join(tmpdir(), 'shardlight-'));
		try {
			await runContractCase(new FolderShardStore(folder), name);
		} finally {
			rmSync(folder, { recursive: true });
		}
	});
});
