import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect } from '@playwright/test';
import { decode } from 'fast-png';
import { convertTinyModel } from '../fixtures/converted-model-folder.ts';
import { folderFiles } from '../fixtures/folder-files.ts';
import { HubServer } from '../fixtures/hub-server.ts';
import { mendableMischief } from '../fixtures/mischief.ts';
import { LARGE_MODEL, ModelsDialog } from './models-dialog.ts';
import { countColours, pixelsOf, test } from './studio.ts';

const MODEL_ID = 'z-image-turbo';
const PROMPT = 'a lighthouse at dusk';

interface Hub {
	readonly server: HubServer;
	/** Of the converted model on it. */
	readonly folder: string;
}

/** The tiny model, converted, on a server that behaves as the hub does, with mischief on top. */
const hubTest = test.extend<{ readonly hub: Hub }>({
	// eslint-disable-next-line no-empty-pattern -- Playwright wants the pattern
	hub: async ({}, use) => {
		using model = await convertTinyModel(MODEL_ID);
		const server = new HubServer(folderFiles(model.folder));
		server.bytesPerAddress = 1e6;
		server.staleEvery = 7;
		server.pauseMilliseconds = 1;
		server.mischief = mendableMischief(5);
		await use({ server, folder: `${await server.start()}/owner/name/resolve/commit/` });
		await server.stop();
	},
});

/** Everything went as a page may go that can read bytes and nothing else. */
function expectModestRequests({ preflights, origins, ranges, expired }: HubServer): void {
	expect(preflights).toEqual([]);
	expect([...origins], 'two origins away from the page').toEqual(['null']);
	expect(ranges).not.toContain(undefined);
	expect(expired).toBeGreaterThan(0);
}

hubTest('the page installs a model from it, and draws with it', async ({ page, studio, hub }) => {
	const { server, folder } = hub;
	const models = new ModelsDialog(page);
	await studio.open();
	await models.open();
	await models.chooseSource('Mirror');
	const address = models.card(LARGE_MODEL).getByLabel('Address of the mirror');
	await address.fill(new URL(folder).origin);
	await address.blur();
	await expect(models.dialog.getByText('The mirror answers', { exact: false })).toBeVisible();

	await models.chooseSource('Converted');
	await models.card(LARGE_MODEL).getByLabel('Address of the folder').fill(folder);
	await models.button(LARGE_MODEL, 'Install').click();
	await models.expectState('Installed');
	await models.button(LARGE_MODEL, 'Check files').click();
	await expect(models.dialog.getByText(/^All \d+ files are whole\.$/)).toBeVisible();
	await models.close();
	expectModestRequests(server);

	await studio.write(PROMPT, { steps: 1, seed: 7 });
	await studio.draw();
	expect(countColours(await pixelsOf(studio.picture(PROMPT)))).toBeGreaterThan(50);
});

hubTest('the command line installs a model from it, and draws with it', async ({ hub }) => {
	const { server, folder } = hub;
	const output = test.info().outputPath('picture.png');
	const profile = test.info().outputPath('profile');
	const options = ['--prompt', PROMPT, '--steps', '1', '--width', '64', '--height', '64'];
	const where = ['--output', output, '--profile', profile];
	await promisify(execFile)(
		process.execPath,
		['--import', 'tsx', 'cli/generate.ts', '--install', folder, ...options, ...where],
		{ maxBuffer: 2 ** 24 },
	);
	expectModestRequests(server);
	const { width, height, data } = decode(readFileSync(output));
	expect([width, height]).toEqual([64, 64]);
	expect(new Set(data).size).toBeGreaterThan(10);
});
