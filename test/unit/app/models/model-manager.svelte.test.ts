import { beforeEach, expect, test } from 'vitest';
import { language } from '../../../../src/app/i18n/language.svelte.ts';
import { ModelManager } from '../../../../src/app/models/model-manager.svelte.ts';
import { DownloadError } from '../../../../src/install/errors.ts';
import { TestEnvironment, settle } from '../scripted-engine.ts';
import { MANAGED_MODEL as MODEL, ScriptedPort } from '../scripted-port.ts';

let port: ScriptedPort;
let environment: TestEnvironment;
let manager: ModelManager;
let changes: number;

beforeEach(() => {
	port = new ScriptedPort();
	changes = 0;
	environment = new TestEnvironment();
	manager = new ModelManager(port, {
		schedule: environment.schedule,
		persist: environment.persist,
		onChange: async () => void (changes += 1),
		isDrawnWith: () => false,
		release: async () => undefined,
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
	port.finish();
	await settle();
	expect(manager.work).toBeUndefined();
	expect(port.sources).toHaveLength(1);
	expect(changes).toBe(1);
	expect(manager.outcome?.(language.messages)).toMatch(/is installed/);
	expect(environment.asksToKeep, 'the browser is asked to keep it once').toBe(1);
});

test('an install that is paused ends without a word of success', async () => {
	const ended = manager.install(MODEL.id, { type: 'hub', layout: 'comfy' });
	await settle();
	manager.pause();
	expect(await ended).toEqual({ status: 'stopped' });
	expect(port.stopped).toEqual(['pause']);
	expect(manager.outcome).toBeUndefined();
	expect(manager.failure).toBeUndefined();
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

test('the files that are taken are told before they are read', async () => {
	void manager.install(MODEL.id, { type: 'files', files: [] });
	await settle();
	const files = {
		transformer: ['unet/z_image_turbo_bf16.safetensors'],
		vae: ['vae/ae.safetensors'],
	};
	port.listener({ type: 'files', files });
	environment.frame();
	expect(manager.work?.files).toEqual(files);
	const { models } = language.messages;
	expect(models.madeFrom(files)).toContain(
		'the transformer from unet/z_image_turbo_bf16.safetensors',
	);
	expect(models.fileNames(files)).toBe('unet/z_image_turbo_bf16.safetensors, vae/ae.safetensors');
});
