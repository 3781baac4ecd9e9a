import { expect } from '@playwright/test';
import { ModelsDialog } from './models-dialog.ts';
import { test } from './studio.ts';

test('keys belong to what lies on top: a dialog neither stops the drawing nor starts another', async ({
	page,
	studio,
}) => {
	const models = new ModelsDialog(page);
	await studio.open();
	await studio.write('a blue square', { steps: 20 });

	await test.step('Ctrl+Enter in a dialog draws nothing', async () => {
		await models.open();
		await page.keyboard.press('Control+Enter');
		await page.keyboard.press('Escape');
		await expect(models.dialog).toBeHidden();
		await expect(studio.generate).toBeEnabled();
	});

	await studio.generate.click();
	await expect(studio.cancel).toBeVisible();
	await test.step('Escape closes the dialog, then the drawer, and only then stops the drawing', async () => {
		await studio.openMachine();
		await models.open();
		await page.keyboard.press('Escape');
		await expect(models.dialog).toBeHidden();
		await page.keyboard.press('Escape');
		await expect(page.getByRole('dialog', { name: 'This machine' })).toBeHidden();
		await expect(studio.cancel).toBeVisible();
		await page.keyboard.press('Escape');
		await expect(studio.status).toHaveText('Cancelled.', { timeout: 240_000 });
	});
});
