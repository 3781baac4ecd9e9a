import { proxy, type Remote } from 'comlink';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import type { ManagerEvent } from '../../../src/install/manager/install-manager.ts';
import type { LocalInstallManager } from '../../../src/install/manager/local-install-manager.ts';
import { parseManifest } from '../../../src/store/parse-manifest.ts';
import { Z_IMAGE_TURBO } from '../../../src/families/z-image/published.ts';
import { sha256 } from '../../../src/install/hash/sha256.ts';
import { manifestObjects, type ModelManifest } from '../../../src/store/model-manifest.ts';
import { PlacedShardStore } from '../../../src/store/placed-shard-store.ts';
import { startManager } from './start-manager.ts';

const MODEL = 'converted-install';

let manager: Remote<LocalInstallManager>;
let url: string;
let manifest: ModelManifest;

beforeAll(async () => {
	url = await commands.serveConvertedModel(MODEL);
	manifest = parseManifest(await (await fetch(`${url}manifest.json`)).json());
	const published = { ...Z_IMAGE_TURBO, card: { ...Z_IMAGE_TURBO.card, id: MODEL } };
	manager = await startManager(published);
});

afterEach(async () => {
	await commands.damageServedFile();
	await manager.delete(MODEL);
});

afterAll(async () => {
	await commands.stopServing();
});

/** @returns the names of the shards that were fetched */
async function install(source: string = url): Promise<readonly string[]> {
	const fetched: string[] = [];
	const listener = proxy((event: ManagerEvent) => {
		if (event.type === 'shard') fetched.push(event.name);
	});
	const options = { backend: 'opfs' } as const;
	const installing = manager.install(MODEL, { type: 'shards', url: source }, listener, options);
	expect(await installing).toBe('installed');
	return fetched;
}

/** By name, of the bytes that are stored. */
async function storedHashes(): Promise<Readonly<Record<string, string>>> {
	const store = new PlacedShardStore();
	const hashes: Record<string, string> = {};
	for (const object of manifestObjects(manifest)) {
		const reader = await store.open(MODEL, object);
		try {
			const bytes = new Uint8Array(object.byteLength);
			await reader.read(0, bytes);
			hashes[object.name] = await sha256(bytes);
		} finally {
			reader.close();
		}
	}
	return hashes;
}

const convertedHashes = () =>
	Object.fromEntries(manifestObjects(manifest).map(({ name, sha256: hash }) => [name, hash]));

it('a folder that the command line tool converted is installed from its address', async () => {
	expect(await install()).toEqual(manifestObjects(manifest).map(({ name }) => name));
	expect(await new PlacedShardStore().manifest(MODEL)).toEqual(manifest);
	expect(await storedHashes()).toEqual(convertedHashes());
	const found = (await manager.models()).find(({ id }) => id === MODEL);
	expect(found).toMatchObject({ state: 'installed', backend: 'opfs', origin: 'local folder' });
});

it('a byte that arrives wrong stops it with the shard’s name; the next try fetches what is missing', async () => {
	const names = manifestObjects(manifest).map(({ name }) => name);
	const damaged = 'transformer/layers.1.bin';
	await commands.damageServedFile(damaged);
	await expect(install()).rejects.toMatchObject({
		code: 'integrity',
		data: { file: damaged },
	});
	expect((await manager.models()).find(({ id }) => id === MODEL)).toMatchObject({
		state: 'partial',
		resumable: true,
	});
	await commands.damageServedFile();
	expect(await install()).toEqual(names.slice(names.indexOf(damaged)));
	expect(await storedHashes()).toEqual(convertedHashes());
});

it('a paused install leaves no answer open at the server, whenever it is paused', async () => {
	await commands.pauseServing(20);
	try {
		for (let round = 0; round < 20; round++) {
			let events = 0;
			const listener = proxy((event: ManagerEvent) => {
				if (event.type === 'progress' && ++events === round) void manager.pause();
				if (event.type === 'phase' && event.phase === 'read' && round === 0) void manager.pause();
			});
			const source = { type: 'shards', url } as const;
			expect(await manager.install(MODEL, source, listener, { backend: 'opfs' })).toBe('paused');
			await expect.poll(() => commands.openAnswers(), { timeout: 20_000 }).toBe(0);
		}
	} finally {
		await commands.pauseServing(0);
	}
});

it('a folder of another model is refused', async () => {
	const demo = new URL('/models/demo/', location.href).href;
	await expect(install(demo)).rejects.toMatchObject({
		code: 'download',
		data: { reason: expect.stringContaining(`"demo", not "${MODEL}"`) as string },
	});
});
