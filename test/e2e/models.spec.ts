import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from '@playwright/test';
import { writeTinyModelFolder } from '../fixtures/tiny-model-folder.ts';
import { flipBytes } from './flip-bytes.ts';
import { LARGE_MODEL, ModelsDialog } from './models-dialog.ts';
import { countColours, pixelsOf, test } from './studio.ts';

const PROMPT = 'a lighthouse at dusk';

test('a ComfyUI folder is installed in place, and drawn with from then on', async ({
	page,
	studio,
}) => {
	const models = new ModelsDialog(page);
	const model = page.getByLabel('Model', { exact: true });
	await studio.open();
	await expect(model).toHaveValue('demo');
	{
		using tiny = writeTinyModelFolder('comfy');
		await models.open();
		await models.chooseFolder(tiny.folder);
		await models.expectState('Installed');
		await expect(
			models.dialog.getByText(/is installed\. Pictures are drawn with it/),
		).toBeVisible();
		await models.close();
	}

	await test.step('it draws', async () => {
		await expect(model).toHaveValue('z-image-turbo');
		await page.getByLabel('Size').selectOption({ label: 'Square 1:1 · 512 × 512' });
		await studio.write(PROMPT, { steps: 1, seed: 7 });
		await studio.draw();
		const picture = await pixelsOf(studio.picture(PROMPT));
		expect([picture.width, picture.height]).toEqual([512, 512]);
		expect(countColours(picture)).toBeGreaterThan(50);
	});

	await test.step('the demo is the other choice, and the choice is remembered', async () => {
		await model.selectOption('Shardlight demo');
		await page.reload();
		await expect(studio.generate).toBeEnabled();
		await expect(model).toHaveValue('demo');
	});

	await test.step('deleted, only the demo is left', async () => {
		await models.open();
		await models.delete(LARGE_MODEL);
		await models.expectState('Not installed');
		await models.close();
		await expect(model).toHaveValue('demo');
		await expect(studio.generate).toBeEnabled();
	});
});

test('installed files are checked, repaired and moved', async ({ page, studio }) => {
	using tiny = writeTinyModelFolder('diffusers');
	const models = new ModelsDialog(page);
	await studio.open();
	await models.open();
	await models.card(LARGE_MODEL).getByLabel('Keep in').selectOption('The browser’s file system');
	await models.chooseFolder(tiny.folder);
	await models.expectState('Installed');
	await models.button(LARGE_MODEL, 'Check files').click();
	await expect(models.dialog.getByText(/^All \d+ files are whole\.$/)).toBeVisible();

	await test.step('a damaged shard is found, and made again from the files', async () => {
		await flipBytes(page, 'z-image-turbo', 'transformer/layers.0.bin');
		await models.button(LARGE_MODEL, 'Check files').click();
		await expect(models.dialog.getByText(/^1 of \d+ files are damaged/)).toBeVisible();
		await models.expectState('Damaged');
		await models.button(LARGE_MODEL, 'Repair').click();
		await expect(models.dialog.getByText('Z-Image-Turbo is whole again.')).toBeVisible();
		await models.expectState('Installed');
	});

	await test.step('the shards move to the other storage', async () => {
		const kept = models.card(LARGE_MODEL).getByLabel('Kept in');
		await kept.selectOption('The browser’s database');
		await expect(kept).toHaveValue('indexeddb');
		await models.button(LARGE_MODEL, 'Check files').click();
		await expect(models.dialog.getByText(/^All \d+ files are whole\.$/)).toBeVisible();
	});
});

/** A server that has nothing, and that pages of other sites may not read. */
async function anyServer(): Promise<
	Disposable & { readonly url: string; readonly headers: Record<string, string> }
> {
	const headers: Record<string, string> = {};
	const server = createServer((_request, response) => response.writeHead(404, headers).end());
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const stop = () => {
		server.close();
		server.closeAllConnections();
	};
	return { url: `http://127.0.0.1:${port}`, headers, [Symbol.dispose]: stop };
}

test('a folder without the model says what is missing, and a mirror that is none says so', async ({
	page,
	studio,
}) => {
	const models = new ModelsDialog(page);
	await studio.open();
	await models.open();
	await models.chooseFolder('test/fixtures/demo-model');
	await expect(models.dialog.getByRole('alert')).toContainText(
		'the Z-Image-Turbo transformer (z_image_turbo_bf16.safetensors)',
	);

	await models.chooseSource('Mirror');
	const address = models.card(LARGE_MODEL).getByLabel('Address of the mirror');
	await address.fill('http://127.0.0.1:9');
	await address.blur();
	await expect(models.dialog.getByText('No server answers at this address.')).toBeVisible();
	using server = await anyServer();
	await address.fill(server.url);
	await address.blur();
	await expect(models.dialog.getByText('lets no other page read from it')).toBeVisible();
	server.headers['access-control-allow-origin'] = '*';
	await models.card(LARGE_MODEL).getByLabel('Address of the mirror').fill(`${server.url}/`);
	await models.button(LARGE_MODEL, 'Ask the mirror').click();
	await expect(models.dialog.getByText('(status 404)')).toBeVisible();
	await address.fill('no address');
	await expect(models.dialog.getByText('An address that begins with https://')).toBeVisible();
	await expect(models.button(LARGE_MODEL, 'Install')).toBeDisabled();
});
