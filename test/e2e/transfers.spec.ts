import { setTimeout } from 'node:timers/promises';
import { expect, type Page } from '@playwright/test';
import { convertTinyModel } from '../fixtures/converted-model-folder.ts';
import { FolderServer } from '../fixtures/folder-server.ts';
import { LARGE_MODEL, ModelsDialog } from './models-dialog.ts';
import { test } from './studio.ts';

const MODEL_ID = 'z-image-turbo';
const MEGABYTE = 1e6;
/** 64 KiB at a time: the tiny model takes half a minute, and a person has time to press a button. */
const SLOW_MILLISECONDS = 100;

interface ConvertedModel {
	readonly server: FolderServer;
	readonly url: string;
}

/** What the command line tool made of the tiny model, on a slow server of another origin. */
const slow = test.extend<{ readonly converted: ConvertedModel }>({
	// eslint-disable-next-line no-empty-pattern -- Playwright wants the pattern
	converted: async ({}, use) => {
		using model = await convertTinyModel(MODEL_ID);
		const server = new FolderServer(model.folder);
		server.pauseMilliseconds = SLOW_MILLISECONDS;
		await use({ server, url: await server.start() });
		await server.stop();
	},
});

/** Begins to install, and returns once three files or more are stored. */
async function beginInstall(models: ModelsDialog, url: string): Promise<void> {
	const card = models.card(LARGE_MODEL);
	await models.chooseSource('Converted');
	await card.getByLabel('Address of the folder').fill(url);
	await card.getByLabel('Keep in').selectOption('The browser’s file system');
	await models.button(LARGE_MODEL, 'Install').click();
	await expect(card.getByText(/file ([3-9]|\d\d) of \d+/)).toBeVisible();
}

function shardsSent({ sentBytes }: FolderServer): readonly string[] {
	return [...sentBytes.keys()].filter((name) => name !== 'manifest.json');
}

async function expectNothingMoreSent({ server }: ConvertedModel): Promise<void> {
	// The server hears of a pause a little later. Each look is long enough for a page that goes on to ask for more.
	const sentMeanwhile = async (): Promise<number> => {
		const { totalBytes } = server;
		await setTimeout(10 * SLOW_MILLISECONDS);
		return server.totalBytes - totalBytes;
	};
	await expect.poll(sentMeanwhile).toBe(0);
}

/** In the browser's file system, finished or not. */
async function storedFiles(page: Page): Promise<readonly string[]> {
	return page.evaluate(async (modelId) => {
		const names: string[] = [];
		const root = await navigator.storage.getDirectory();
		const shards = await root.getDirectoryHandle('shardlight-shards');
		for await (const folder of shards.values()) {
			if (folder.kind !== 'directory' || folder.name !== modelId) continue;
			for await (const name of folder.keys()) names.push(name);
		}
		return names;
	}, MODEL_ID);
}

async function usedBytes(page: Page): Promise<number> {
	return page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0);
}

slow(
	'an install is paused, and after a reload goes on with what is missing',
	async ({ page, studio, converted }) => {
		const { server, url } = converted;
		const models = new ModelsDialog(page);
		await studio.open();
		await models.open();
		await beginInstall(models, url);

		await models.button(LARGE_MODEL, 'Pause').click();
		await models.expectState('Partly installed');
		await expectNothingMoreSent(converted);
		// One after the other: only the last one may be unfinished.
		const begun = shardsSent(server);
		const stored = begun.slice(0, -1);
		expect(stored.length).toBeGreaterThanOrEqual(3);

		await page.reload();
		await expect(studio.generate).toBeEnabled();
		await models.open();
		await models.expectState('Partly installed');
		await expectNothingMoreSent(converted);

		server.sentBytes.clear();
		server.pauseMilliseconds = 0;
		await models.button(LARGE_MODEL, 'Resume').click();
		await models.expectState('Installed');
		const sent = shardsSent(server);
		expect(sent.filter((name) => stored.includes(name))).toEqual([]);
		await models.button(LARGE_MODEL, 'Check files').click();
		const whole = `All ${new Set([...begun, ...sent]).size} files are whole.`;
		await expect(models.dialog.getByText(whole)).toBeVisible();
	},
);

slow(
	'an install is cancelled, and its space is given back',
	async ({ page, studio, converted }) => {
		const models = new ModelsDialog(page);
		await studio.open();
		const before = await usedBytes(page);
		await models.open();
		await beginInstall(models, converted.url);
		expect((await storedFiles(page)).length).toBeGreaterThanOrEqual(3);

		await models.button(LARGE_MODEL, 'Cancel and delete').click();
		await models
			.card(LARGE_MODEL)
			.getByRole('group', { name: 'Delete what has been stored so far?' })
			.getByRole('button', { name: 'Cancel and delete' })
			.click();
		await models.expectState('Not installed');
		await expectNothingMoreSent(converted);
		expect(await storedFiles(page)).toEqual([]);
		await expect.poll(() => usedBytes(page)).toBeLessThan(before + MEGABYTE);

		await page.reload();
		await models.open();
		await models.expectState('Not installed');
		await expect(models.button(LARGE_MODEL, 'Resume')).toBeHidden();
	},
);
