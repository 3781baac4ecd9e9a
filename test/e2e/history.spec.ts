import { expect } from '@playwright/test';
import { pixelsOf, test } from './studio.ts';

test('pictures are kept over a reload, can be opened, deleted, brought back and exported', async ({
	page,
	studio,
}) => {
	await studio.open();
	await studio.write('a blue square', { steps: 1, seed: 7 });
	await page.getByLabel('Pictures').fill('2');
	await studio.generate.click();
	await expect(page.getByText('1 picture waits')).toBeVisible();
	const tiles = page.getByRole('button', { name: 'Open “a blue square”' });
	await expect(tiles).toHaveCount(2, { timeout: 240_000 });
	await studio.finished();
	const drawn = await pixelsOf(studio.picture('a blue square'));

	await page.reload();
	await expect(tiles).toHaveCount(2);
	await expect(studio.prompt).toHaveValue('a blue square');

	await test.step('the arrow keys walk through them', async () => {
		await page.getByRole('heading', { name: 'Shardlight', level: 1 }).click();
		await page.keyboard.press('ArrowRight');
		await expect(tiles.first()).toHaveAttribute('aria-current', 'true');
		expect(await pixelsOf(studio.picture('a blue square'))).toEqual(drawn);
		await page.keyboard.press('ArrowRight');
		await expect(tiles.last()).toHaveAttribute('aria-current', 'true');
	});

	await test.step('Use settings brings the seed back', async () => {
		await page.getByRole('button', { name: 'Use settings' }).click();
		await expect(page.getByLabel('Seed', { exact: true })).toHaveValue('7');
	});

	await test.step('delete and undo', async () => {
		await tiles.first().focus();
		await page.keyboard.press('Tab');
		await page.keyboard.press('Enter');
		await expect(tiles).toHaveCount(1);
		await page.getByRole('button', { name: 'Undo' }).click();
		await expect(tiles).toHaveCount(2);
	});

	await test.step('export', async () => {
		const downloading = page.waitForEvent('download');
		await page.getByRole('button', { name: 'Export all' }).click();
		expect((await downloading).suggestedFilename()).toBe('shardlight-pictures.zip');
	});
});
