import { proxy, type Remote } from 'comlink';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import type { InstallSource, ManagerEvent } from '../../../src/install/manager/install-manager.ts';
import type { LocalInstallManager } from '../../../src/install/manager/local-install-manager.ts';
import { parseManifest } from '../../../src/store/parse-manifest.ts';
import { Z_IMAGE_TURBO } from '../../../src/families/z-image/published.ts';
import { manifestObjects } from '../../../src/store/model-manifest.ts';
import { PlacedShardStore } from '../../../src/store/placed-shard-store.ts';
import { startManager } from './start-manager.ts';

const MODEL = 'hub-install';
const DAMAGED = 'vae/ae.safetensors';

let manager: Remote<LocalInstallManager>;
let source: InstallSource & { readonly type: 'mirror' };
let expected: Readonly<Record<string, string>>;

beforeAll(async () => {
	// The same model by way of the command line tool, and a server that tells everything.
	const converted = await commands.serveConvertedModel(MODEL);
	const manifest = parseManifest(await (await fetch(`${converted}manifest.json`)).json());
	expected = Object.fromEntries(
		manifestObjects(manifest).map(({ name, sha256 }) => [name, sha256]),
	);
	await commands.stopServing();
	const { url, published } = await commands.serveHub({ ...Z_IMAGE_TURBO.card, id: MODEL });
	source = { type: 'mirror', baseUrl: url, layout: 'comfy' };
	manager = await startManager(published);
});

afterEach(() => manager.delete(MODEL));

afterAll(async () => {
	await commands.stopHub();
});

async function install(): Promise<readonly ManagerEvent[]> {
	const events: ManagerEvent[] = [];
	const listener = proxy((event: ManagerEvent) => void events.push(event));
	expect(await manager.install(MODEL, source, listener, { backend: 'opfs' })).toBe('installed');
	return events;
}

async function installedHashes(): Promise<Readonly<Record<string, string>>> {
	const manifest = await new PlacedShardStore().manifest(MODEL);
	if (manifest === undefined) throw new Error('The model is not installed');
	return Object.fromEntries(manifestObjects(manifest).map(({ name, sha256 }) => [name, sha256]));
}

it('a published model is installed from a hub that allows a page to read bytes and nothing else', async () => {
	expect((await manager.probeMirror(source.baseUrl)).problem).toBeUndefined();
	const events = await install();
	expect(await installedHashes()).toEqual(expected);
	const checked = await manager.check(
		MODEL,
		proxy(() => undefined),
	);
	expect(checked).toEqual({ shardsChecked: Object.keys(expected).length, damaged: [] });
	expect(events.some(({ type }) => type === 'retry')).toBe(true);

	const { preflights, origins, unrangedRequests, expired } = await commands.hubRecord();
	expect(preflights).toEqual([]);
	expect(origins, 'two origins away from the page').toEqual(['null']);
	expect(unrangedRequests).toBe(0);
	expect(expired).toBeGreaterThan(0);
});

it('what arrived damaged is fetched again with the next try', async () => {
	await commands.damageHubFile(DAMAGED);
	await expect(install()).rejects.toMatchObject({
		code: 'integrity',
		message: expect.stringContaining(DAMAGED) as string,
	});
	await commands.damageHubFile();
	await install();
	expect(await installedHashes()).toEqual(expected);
});
