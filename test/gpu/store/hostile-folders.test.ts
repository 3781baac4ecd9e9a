import { proxy, type Remote } from 'comlink';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import { isAppError } from '../../../src/errors/app-error.ts';
import { Z_IMAGE_TURBO } from '../../../src/families/z-image/published.ts';
import type { ManagerEvent } from '../../../src/install/manager/install-manager.ts';
import type { LocalInstallManager } from '../../../src/install/manager/local-install-manager.ts';
import { LocalEngine } from '../../../src/engine/local-engine.ts';
import type { ModelId } from '../../../src/engine/engine.ts';
import { PlacedShardStore } from '../../../src/store/placed-shard-store.ts';
import { startManager } from './start-manager.ts';

const MODEL = 'z-image-turbo';

let refused: Readonly<Record<string, string>>;
let harmless: Readonly<Record<string, string>>;
let manager: Remote<LocalInstallManager>;
const store = new PlacedShardStore();

beforeAll(async () => {
	({ refused, harmless } = await commands.serveHostileFolders());
	manager = await startManager(Z_IMAGE_TURBO);
});
afterAll(async () => {
	await commands.stopHostileFolders();
	await manager.delete(MODEL);
});

/** How an install ends, in a word. */
async function ending(url: string, onEvent?: (event: ManagerEvent) => void): Promise<string> {
	try {
		const source = { type: 'shards', url } as const;
		const listener = proxy((event: ManagerEvent) => onEvent?.(event));
		return await manager.install(MODEL, source, listener, { backend: 'opfs' });
	} catch (error) {
		if (!isAppError(error)) throw error;
		return error.code;
	}
}

async function expectNothingStored(): Promise<void> {
	const found = (await manager.models()).find(({ id }) => id === MODEL);
	expect(found).toMatchObject({ state: 'absent', storedBytes: 0 });
	expect(await store.placement(MODEL)).toBeUndefined();
}

const SILENT = ['http-never', 'http-headers-only', 'http-trickle'];

it('a hostile folder is refused with an error of ours, and nothing of it is stored', async () => {
	const quick = Object.entries(refused).filter(([name]) => !/^http-|^hash-wrong/.test(name));
	expect(quick.length).toBeGreaterThan(90);
	for (const [name, url] of quick) {
		const shards: string[] = [];
		const code = await ending(url, (event) => {
			if (event.type === 'shard') shards.push(event.name);
		});
		expect({ name, code, shards }).toEqual({
			name,
			code: expect.stringMatching(
				/^(manifest|config|checkpoint|download|model-too-new)$/,
			) as string,
			shards: [],
		});
		await expectNothingStored();
	}
});

it('Cancel ends an install from a server that never answers', async () => {
	for (const name of SILENT) {
		const ends = ending(refused[name], (event) => {
			if (event.type === 'phase' && event.phase === 'read') void manager.cancel();
		});
		expect(await ends).toBe('cancelled');
		await expectNothingStored();
	}
});

it('a folder with nothing wrong that matters is installed, and drawn with', async () => {
	const engine = new LocalEngine({ modelsUrl: '/models/', engine: 'fused' });
	for (const [name, url] of Object.entries(harmless)) {
		expect({ name, ends: await ending(url) }).toEqual({ name, ends: 'installed' });
		await engine.reopenModels();
		const counted = await engine.countTokens(MODEL as ModelId, 'a'.repeat(2000));
		expect(counted.tokens).toBeGreaterThan(0);
		await manager.delete(MODEL);
	}
	expect(await ending(harmless['tok-template'])).toBe('installed');
	await engine.reopenModels();
	const recipe = { modelId: MODEL as ModelId, prompt: 'a heart', seed: 1, steps: 1 };
	const { rgba } = await engine.generate({ ...recipe, width: 64, height: 64 }, () => undefined);
	expect(new Set(rgba).size).toBeGreaterThan(2);
});
