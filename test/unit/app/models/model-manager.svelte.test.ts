import { beforeEach, expect, test } from 'vitest';
import type {
	InstallPort,
	InstallSource,
	ManagedModel,
	ManagerListener,
	MirrorProbe,
	StoreBackend,
	StorageOverview,
} from '../../../../src/engine/install-client.ts';
import { language } from '../../../../src/app/i18n/language.svelte.ts';
import { ModelManager } from '../../../../src/app/models/model-manager.svelte.ts';
import { DownloadError } from '../../../../src/install/errors.ts';
import { TestEnvironment, settle } from '../scripted-engine.ts';

const MODEL: ManagedModel = {
	...{ id: 'z-image-turbo', name: 'Z-Image-Turbo', state: 'absent', resumable: false },
	...{ installedBytes: 2e10, storedBytes: 0, damagedShards: [] },
	offer: { type: 'bundled', source: { type: 'shards', url: 'https://page.test/models/demo/' } },
};

/** A manager whose operation waits until the test ends it. */
class ScriptedPort implements InstallPort {
	listener: ManagerListener = () => undefined;
	sources: InstallSource[] = [];
	finish: () => void = () => undefined;
	fail: (error: Error) => void = () => undefined;
	stopped: string[] = [];
	damaged: readonly string[] = [];

	async models(): Promise<readonly ManagedModel[]> {
		return [MODEL];
	}

	async storage(): Promise<StorageOverview> {
		return { persisted: false, usedBytes: 1e9, backends: ['opfs'] };
	}

	async install(
		_id: string,
		source: InstallSource,
		listener: ManagerListener,
	): Promise<'installed'> {
		this.sources.push(source);
		return this.resume(_id, listener);
	}

	resume(_id: string, listener: ManagerListener): Promise<'installed'> {
		this.listener = listener;
		return new Promise((resolve, reject) => {
			this.finish = () => resolve('installed');
			this.fail = reject;
		});
	}

	repair(id: string, listener: ManagerListener): Promise<'installed'> {
		return this.resume(id, listener);
	}

	async check(): Promise<{ shardsChecked: number; damaged: readonly string[] }> {
		return { shardsChecked: 20, damaged: this.damaged };
	}

	async probeMirror(baseUrl: string): Promise<MirrorProbe> {
		return { reachable: baseUrl.includes('mirror'), milliseconds: 120 };
	}

	move(id: string, _backend: StoreBackend, listener: ManagerListener): Promise<'installed'> {
		return this.resume(id, listener);
	}

	async delete(): Promise<void> {
		this.stopped.push('delete');
	}

	async pause(): Promise<void> {
		this.stopped.push('pause');
	}

	async cancel(): Promise<void> {
		this.stopped.push('cancel');
	}
}

let port: ScriptedPort;
let environment: TestEnvironment;
let manager: ModelManager;
let changes: number;
let asked: number;

beforeEach(() => {
	port = new ScriptedPort();
	changes = 0;
	asked = 0;
	environment = new TestEnvironment();
	manager = new ModelManager(port, {
		schedule: environment.schedule,
		persist: async () => {
			asked += 1;
			return true;
		},
		onChange: async () => void (changes += 1),
	});
});

test('lists models and what they use', async () => {
	await manager.refresh();
	expect(manager.models).toEqual([MODEL]);
	expect(manager.storage?.usedBytes).toBe(1e9);
});

test('installs one at a time and tells how far it is', async () => {
	void manager.install(MODEL.id, { type: 'hub', layout: 'comfy' });
	void manager.resume(MODEL.id);
	await settle();
	port.listener({ type: 'progress', file: 'a', bytesDone: 25, bytesTotal: 100, secondsLeft: 3 });
	environment.frame();
	expect(manager.work).toMatchObject({ modelId: MODEL.id, progress: { bytesDone: 25 } });
	expect(manager.fraction).toBe(0.25);
	manager.pause();
	port.finish();
	await settle();
	expect(port.stopped).toEqual(['pause']);
	expect(manager.work).toBeUndefined();
	expect(port.sources).toHaveLength(1);
	expect(changes).toBe(1);
	expect(manager.outcome?.(language.messages)).toMatch(/is installed/);
	expect(asked, 'the browser is asked to keep it once').toBe(1);
});

test('tells what is going on', async () => {
	void manager.install(MODEL.id, { type: 'hub', layout: 'comfy' });
	const retry = {
		type: 'retry',
		file: 'a',
		attempt: 1,
		waitMilliseconds: 500,
		reason: '503',
	} as const;
	await settle();
	port.listener({ type: 'phase', phase: 'convert' });
	port.listener({ type: 'notice', notice: 'range-ignored', text: 'x' });
	port.listener(retry);
	port.listener({ type: 'shard', name: 'a', done: 3, total: 9 });
	environment.frame();
	expect(manager.work).toMatchObject({ phase: 'convert', retry, shard: { done: 3, total: 9 } });
	expect(manager.work?.notices).toHaveLength(1);
	port.listener({ type: 'progress', file: 'a', bytesDone: 1, bytesTotal: 2 });
	environment.frame();
	expect(manager.work?.retry, 'over once bytes come').toBeUndefined();
});

test('a failure stays until the next try', async () => {
	void manager.resume(MODEL.id);
	await settle();
	port.fail(new DownloadError('https://models.test/a', '404'));
	await settle();
	expect(manager.failure?.code).toBe('download');
	void manager.resume(MODEL.id);
	expect(manager.failure).toBeUndefined();
});

test.each([
	[[], 'All 20 files are whole.'],
	[['a'], '1 of 20 files are damaged. Repair fetches these again, and only these.'],
])('a check with %j damaged says so', async (damaged, says) => {
	port.damaged = damaged;
	await manager.check(MODEL.id);
	expect(manager.outcome?.(language.messages)).toBe(says);
});
