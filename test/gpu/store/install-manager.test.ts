import { proxy, type Remote } from 'comlink';
import { createStore, set } from 'idb-keyval';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { InstallSource, ManagerEvent } from '../../../src/install/manager/install-manager.ts';
import type { LocalInstallManager } from '../../../src/install/manager/local-install-manager.ts';
import type { PublishedModel } from '../../../src/families/parts/published-model.ts';
import { Z_IMAGE_TURBO } from '../../../src/families/z-image/published.ts';
import { byteTokenizer } from '../../fixtures/byte-tokenizer.ts';
import { startManager } from './start-manager.ts';

const GOLDEN = '/test/fixtures/golden/';
const MODEL = 'golden-install';

async function golden(path: string, name = path): Promise<File> {
	const response = await fetch(GOLDEN + name);
	return new File([await response.blob()], path.split('/').at(-1) ?? path);
}

async function goldenJson(name: string): Promise<unknown> {
	return (await fetch(GOLDEN + name)).json();
}

let published: PublishedModel;
let manager: Remote<LocalInstallManager>;
let source: InstallSource;

beforeAll(async () => {
	published = {
		...Z_IMAGE_TURBO,
		card: { ...Z_IMAGE_TURBO.card, id: MODEL },
		// The tiny model has a tokenizer of its own.
		tokenizers: { tokenizer: { ...Z_IMAGE_TURBO.tokenizers['tokenizer'], facts: undefined } },
		configs: {
			transformer: await goldenJson('dit-tiny.config.json'),
			text_encoder: await goldenJson('qwen3-tiny.config.json'),
			vae: await goldenJson('vae-tiny.config.json'),
		},
	};
	manager = await startManager(published);
	const demo = await fetch('/models/demo/tokenizer/tokenizer.json');
	const tokenizer = new File([byteTokenizer(await demo.text())], 'tokenizer.json');
	// As ComfyUI's folder has them, next to what does not belong to the model.
	const files = [
		['diffusion_models/z_image_turbo_bf16.safetensors', 'dit-tiny.comfy.safetensors'],
		['text_encoders/qwen_3_4b.safetensors', 'qwen3-tiny.weights.safetensors'],
		['vae/ae.safetensors', 'vae-tiny.original.safetensors'],
		['vae/other.safetensors', 'torch-randn.safetensors'],
		['tokenizer/tokenizer_config.json', 'vae-tiny.config.json'],
	] as const;
	source = {
		type: 'files',
		files: await Promise.all(
			files.map(async ([path, name]) => ({ path, file: await golden(path, name) })),
		).then((chosen) => [...chosen, { path: 'tokenizer/tokenizer.json', file: tokenizer }]),
	};
});

// The browser may hear a little later that another tab has given the lock back.
afterEach(() => vi.waitFor(() => manager.delete(MODEL)));

async function model() {
	const found = (await manager.models()).find(({ id }) => id === MODEL);
	if (found === undefined) throw new Error('the model is not listed');
	return found;
}

function collect(): { readonly events: ManagerEvent[]; readonly add: (e: ManagerEvent) => void } {
	const events: ManagerEvent[] = [];
	return { events, add: proxy((event: ManagerEvent) => void events.push(event)) };
}

describe('the install manager', () => {
	it('installs files, says which, checks, moves and removes them', async () => {
		expect((await model()).state).toBe('absent');
		const { events, add } = collect();
		expect(await manager.install(MODEL, source, add)).toBe('installed');
		const chosen = events.find((event) => event.type === 'backend');
		expect(chosen?.measured.map(({ backend }) => backend)).toEqual(['opfs', 'indexeddb']);
		const last = events.filter((event) => event.type === 'progress').at(-1);
		expect(last?.bytesDone).toBe(last?.bytesTotal);
		expect(await model()).toMatchObject({
			state: 'installed',
			origin: 'local files',
			files: {
				transformer: ['diffusion_models/z_image_turbo_bf16.safetensors'],
				text_encoder: ['text_encoders/qwen_3_4b.safetensors'],
				vae: ['vae/ae.safetensors'],
			},
			backend: chosen?.backend,
		});
		expect((await manager.check(MODEL, add)).damaged).toEqual([]);
		const other = chosen?.backend === 'opfs' ? 'indexeddb' : 'opfs';
		expect(await manager.move(MODEL, other, add)).toBe('installed');
		expect((await model()).backend).toBe(other);
		expect((await manager.check(MODEL, add)).damaged).toEqual([]);
		await manager.delete(MODEL);
		expect(await model()).toMatchObject({ state: 'absent', storedBytes: 0 });
	});

	it('lists a model that a newer version installed, beside the others, and removes it', async () => {
		const table = createStore('shardlight-manifests', 'manifests');
		await set(MODEL, { version: 99, id: MODEL, name: 'Newer', family: 'z-image' }, table);
		expect(await model()).toMatchObject({ state: 'too-new', name: Z_IMAGE_TURBO.card.name });
		await manager.delete(MODEL);
		expect((await model()).state).toBe('absent');
	});

	it('stores nothing for files that hold no model, and lists what is missing', async () => {
		const { events, add } = collect();
		const empty: InstallSource = { type: 'files', files: [], lookedAt: 1 };
		await expect(manager.install(MODEL, empty, add)).rejects.toMatchObject({
			data: { lookedAt: 1, missing: [{}, {}, {}] },
		});
		expect(events.map(({ type }) => type)).toEqual(['phase']);
		expect((await model()).state).toBe('absent');
	});

	it('finds a damaged shard and makes only that one again', async () => {
		const { events, add } = collect();
		await manager.install(MODEL, source, add, { backend: 'opfs' });
		const root = await navigator.storage.getDirectory();
		const folder = await (
			await root.getDirectoryHandle('shardlight-shards')
		).getDirectoryHandle(MODEL);
		const shard = await folder.getFileHandle(encodeURIComponent('transformer/layers.1.bin'));
		const { size } = await shard.getFile();
		const writable = await shard.createWritable({ keepExistingData: true });
		await writable.write({
			type: 'write',
			position: Math.floor(size / 2),
			data: new Uint8Array(9),
		});
		await writable.close();
		const { damaged } = await manager.check(MODEL, add);
		expect(damaged).toEqual(['transformer/layers.1.bin']);
		expect((await model()).state).toBe('damaged');
		events.length = 0;
		expect(await manager.repair(MODEL, add)).toBe('installed');
		const made = events.filter((event) => event.type === 'shard').map(({ name }) => name);
		expect(made).toEqual(damaged);
		expect((await manager.check(MODEL, add)).damaged).toEqual([]);
	});

	it('pauses, goes on and cancels', async () => {
		const paused = await manager.install(
			MODEL,
			source,
			proxy((event: ManagerEvent) => {
				if (event.type === 'shard') void manager.pause();
			}),
			{ backend: 'opfs' },
		);
		expect(paused).toBe('paused');
		expect(await model()).toMatchObject({ state: 'partial', resumable: true });
		expect((await model()).storedBytes).toBeGreaterThan(0);
		expect(await manager.resume(MODEL, collect().add)).toBe('installed');
		await manager.delete(MODEL);
		const cancelled = await manager.install(
			MODEL,
			source,
			proxy((event: ManagerEvent) => {
				if (event.type === 'shard') void manager.cancel();
			}),
			{ backend: 'indexeddb' },
		);
		expect(cancelled).toBe('cancelled');
		expect(await model()).toMatchObject({ state: 'absent', storedBytes: 0 });
	});

	it('refuses what no quota grants, before a server is asked', async () => {
		// More than ten thousand gigabytes.
		const large = { num_hidden_layers: 512, hidden_size: 2 ** 16, intermediate_size: 2 ** 16 };
		const text_encoder = { ...(published.configs.text_encoder as object), ...large };
		const configs = { ...published.configs, text_encoder };
		const asked = await startManager({ ...published, configs });
		const requests: string[] = [];
		const installing = asked.install(
			MODEL,
			{
				type: 'mirror',
				baseUrl: new URL('/test/fixtures/no-mirror', location.href).href,
				layout: 'comfy',
			},
			proxy((event: ManagerEvent) => {
				if (event.type === 'phase') requests.push(event.phase);
			}),
			{ backend: 'opfs' },
		);
		await expect(installing).rejects.toMatchObject({
			code: 'storage-full',
			data: { neededBytes: expect.toSatisfy((bytes: number) => bytes > 1e13) as number },
		});
		expect(requests).toEqual(['space']);
	});

	it('takes a server that answers with a page for no mirror', async () => {
		expect(
			await manager.probeMirror(new URL('/test/fixtures/no-mirror', location.href).href),
		).toMatchObject({ problem: { type: 'no-files' } });
	});

	it('does not install in two tabs at once', async () => {
		const otherTab = await startManager(published);
		let refused: unknown;
		const seen = new Promise<void>((resolve) => {
			void manager.install(
				MODEL,
				source,
				proxy((event: ManagerEvent) => {
					if (event.type !== 'backend') return;
					void otherTab
						.install(MODEL, source, collect().add)
						.catch((error: unknown) => (refused = error))
						.finally(resolve);
				}),
				{ backend: 'opfs' },
			);
		});
		await seen;
		expect(refused).toMatchObject({ code: 'install-busy', data: { where: 'another tab' } });
		// Waits for the first tab, and finds everything done.
		const waited = await otherTab.install(MODEL, source, collect().add, { waitForOtherTab: true });
		expect(waited).toBe('installed');
	});
});
