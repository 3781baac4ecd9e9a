import { expect, type Page } from '@playwright/test';
import { writeTinyModelFolder } from '../fixtures/tiny-model-folder.ts';
import { LARGE_MODEL, ModelsDialog } from './models-dialog.ts';
import { test } from './studio.ts';

const MEGABYTE = 1e6;

/** Sets the quota that is enforced, whatever the disk has. @returns lifts it again */
async function limitQuota(page: Page, freeBytes: number): Promise<() => Promise<void>> {
	const devTools = await page.context().newCDPSession(page);
	const { origin } = new URL(page.url());
	const { usage } = await devTools.send('Storage.getUsageAndQuota', { origin });
	const quotaSize = usage + freeBytes;
	await devTools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize });
	return async () => {
		await devTools.send('Storage.overrideQuotaForOrigin', { origin });
	};
}

test('20 GB may be installed from anywhere, whatever the browser estimates', async ({
	page,
	studio,
}) => {
	const models = new ModelsDialog(page);
	await studio.open();
	const { quota = 0, usage = 0 } = await page.evaluate(() => navigator.storage.estimate());
	test.info().annotations.push({ type: 'estimated', description: `${quota - usage} bytes left` });
	await models.open();
	const card = models.card(LARGE_MODEL);
	for (const source of ['Hugging Face', 'Mirror']) {
		await models.chooseSource(source);
		await expect(models.button(LARGE_MODEL, 'Install')).toBeEnabled();
		await expect(card.getByText('Takes 20.3 GB on disk.', { exact: false })).toBeVisible();
		await expect(card.getByText('nothing is lost', { exact: false })).toBeVisible();
		await expect(card.getByText('bookmark this page', { exact: false })).toBeVisible();
	}
	await expect(models.dialog.getByText(/\d .?B (are )?free/)).toBeHidden();
});

test('an install that runs out of room says what it needs, and goes on when there is room', async ({
	page,
	studio,
}) => {
	using tiny = writeTinyModelFolder('comfy');
	const models = new ModelsDialog(page);
	await studio.open();
	const lift = await limitQuota(page, 8 * MEGABYTE);
	await models.open();
	await models.card(LARGE_MODEL).getByLabel('Keep in').selectOption('The browser’s file system');
	await models.chooseFolder(tiny.folder);
	const alert = models.dialog.getByRole('alert');
	await expect(alert).toContainText(
		/: [\d.]+ MB are still needed\. Make room for that, then go on/,
	);
	await expect(alert).not.toContainText('free');
	await models.expectState('Partly installed');

	await lift();
	await models.button(LARGE_MODEL, 'Resume').click();
	await models.expectState('Installed');
	await models.button(LARGE_MODEL, 'Check files').click();
	await expect(models.dialog.getByText(/^All \d+ files are whole\.$/)).toBeVisible();
});
