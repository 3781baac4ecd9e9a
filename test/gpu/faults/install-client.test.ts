import { afterEach, beforeEach, expect, it } from 'vitest';
import { WorkerCrashedError } from '../../../src/bridge/errors.ts';
import { createInstallClient, type InstallPort } from '../../../src/engine/install-client.ts';
import { HashWorkers } from '../../../src/install/hash/hash-workers.ts';
import { keepWorkers } from './kept-workers.ts';

const MODEL = 'demo';
const SOURCE = { type: 'shards', url: new URL('/models/demo/', location.href).href } as const;

const workers = keepWorkers();
let client: InstallPort & { dispose(): void };

async function stateOf(id: string): Promise<string | undefined> {
	return (await client.models()).find((model) => model.id === id)?.state;
}

beforeEach(async () => {
	client = createInstallClient();
	await client.delete(MODEL);
});

afterEach(async () => {
	await client.delete(MODEL);
	client.dispose();
});

it('a worker that is killed fails the install it was busy with; the next one goes on with what is stored', async () => {
	const stored: string[] = [];
	const installing = client.install(MODEL, SOURCE, (event) => {
		if (event.type !== 'shard') return;
		stored.push(event.name);
		if (stored.length === 3) workers.killLast();
	});
	await expect(installing).rejects.toMatchObject({ data: { end: 'killed' } });
	expect(workers.all).toHaveLength(1);
	expect(await stateOf(MODEL)).toBe('partial');
	const rest: string[] = [];
	const outcome = await client.resume(MODEL, (event) => {
		if (event.type === 'shard') rest.push(event.name);
	});
	expect(outcome).toBe('installed');
	expect(rest.filter((name) => stored.includes(name))).toEqual([]);
	expect(await stateOf(MODEL)).toBe('installed');
	expect(workers.all).toHaveLength(2);
});

it('a worker that was killed while nothing ran is replaced without a word', async () => {
	workers.killLast();
	expect(await stateOf(MODEL)).toBe('absent');
	expect(workers.all).toHaveLength(2);
});

it('a worker whose script is gone fails the call, and the next one tries anew', async () => {
	client.dispose();
	workers.losesScripts = true;
	await expect(client.storage()).rejects.toBeInstanceOf(WorkerCrashedError);
	workers.losesScripts = false;
	await expect(client.storage()).resolves.toBeDefined();
});

it('a worker that hangs is ended by a pause or a cancel, which do what they promise', async () => {
	const paused = client.install(MODEL, SOURCE, (event) => {
		if (event.type !== 'shard' || event.done !== 2) return;
		void workers.hangLast().then(() => client.pause());
	});
	expect(await paused).toBe('paused');
	expect(await stateOf(MODEL)).toBe('partial');
	const cancelled = client.resume(MODEL, (event) => {
		if (event.type !== 'phase' || event.phase !== 'read') return;
		void workers.hangLast().then(() => client.cancel());
	});
	expect(await cancelled).toBe('cancelled');
	expect(await stateOf(MODEL)).toBe('absent');
});

it('a hash worker that is killed fails the hash it was busy with, and is not used again', async () => {
	using hashers = new HashWorkers('shardlight');
	const hasher = await hashers.start();
	await hasher.update(new Uint8Array(9));
	workers.killLast();
	await expect(hasher.digest()).rejects.toBeInstanceOf(WorkerCrashedError);
	hasher.dispose();
	const next = await hashers.start();
	await next.update(new TextEncoder().encode('abc'));
	expect(await next.digest()).toMatch(/^ba7816bf/);
});
