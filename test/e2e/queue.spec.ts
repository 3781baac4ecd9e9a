import { expect, type Page } from '@playwright/test';
import { Studio, test } from './studio.ts';

const rows = (page: Page) => page.getByRole('region', { name: 'Queue' }).getByRole('listitem');
const tiles = (page: Page) =>
	page.getByRole('list', { name: 'History' }).getByRole('button', { name: /^Open/ });

test('batches wait as rows that can be moved, edited, paused and stopped; a reload finds them again', async ({
	page,
	studio,
}) => {
	await studio.open();
	await studio.write('a red circle', { steps: 50, seed: 1 });
	await page.getByLabel('Pictures').fill('4');
	await page.keyboard.press('Control+Enter');
	await expect(rows(page)).toHaveText([/4 × a red circle\s*0\/4/]);

	await test.step('Ctrl+Enter queues while drawing, Ctrl+Shift+Enter first', async () => {
		await page.getByRole('button', { name: 'Pause' }).click();
		await studio.write('a blue square', { seed: 2 });
		await page.keyboard.press('Control+Enter');
		await studio.write('a lighthouse', { seed: 3 });
		await page.keyboard.press('Control+Shift+Enter');
		await expect(rows(page)).toContainText(['a lighthouse', 'a red circle', 'a blue square']);
	});

	await test.step('keys and the mouse move a row', async () => {
		await page.getByRole('button', { name: 'Move “a blue square”', exact: true }).focus();
		await page.keyboard.press('ArrowUp');
		await expect(rows(page)).toContainText(['a lighthouse', 'a blue square', 'a red circle']);
		const handle = page.getByRole('button', { name: 'Move “a lighthouse”', exact: true });
		const target = await rows(page).last().boundingBox();
		if (target === null) throw new Error('no row');
		await handle.hover();
		await page.mouse.down();
		await page.mouse.move(target.x + 20, target.y + target.height - 2, { steps: 8 });
		await page.mouse.up();
		await expect(rows(page)).toContainText(['a blue square', 'a red circle', 'a lighthouse']);
	});

	await test.step('Edit takes a batch back into the form; Undo puts both back', async () => {
		await page.getByRole('button', { name: 'Edit “a blue square”' }).click();
		await expect(studio.prompt).toHaveValue('a blue square');
		await expect(rows(page)).toHaveCount(2);
		await page.getByRole('button', { name: 'Undo' }).click();
		await expect(studio.prompt).toHaveValue('a lighthouse');
		await expect(rows(page)).toHaveCount(3);
	});

	await test.step('a reload asks first, and finds what was waiting', async () => {
		const question = page.waitForEvent('dialog');
		const reloading = page.reload();
		const dialog = await question;
		expect(dialog.type()).toBe('beforeunload');
		await dialog.accept();
		await reloading;
		await expect(page.getByText('12 pictures were waiting.')).toBeVisible();
		await expect(rows(page)).toHaveCount(0);
		await page.getByRole('button', { name: 'Go on' }).click();
		await expect(rows(page)).toContainText(['a blue square', 'a red circle', 'a lighthouse']);
	});

	await test.step('Stop all', async () => {
		await page.getByRole('button', { name: 'Stop all' }).click();
		await expect(rows(page)).toHaveCount(0);
		await expect(studio.status).toHaveText('Cancelled.');
		await page.reload();
		await expect(studio.generate).toBeEnabled();
		await expect(page.getByText(/were waiting/)).toBeHidden();
	});
});

test('one tab draws, the other says that it waits, and keeps a draft of its own', async ({
	page,
	studio,
	context,
}) => {
	await studio.open();
	const otherPage = await context.newPage();
	const other = new Studio(otherPage);
	await other.open();
	await studio.write('a red circle', { steps: 20 });
	await other.write('a blue square', { steps: 1 });
	await studio.generate.click();
	await expect(studio.cancel).toBeVisible();
	await other.generate.click();
	await expect(otherPage.getByText('Another tab is drawing; yours waits.')).toBeVisible();
	await studio.finished();
	await other.finished();
	await expect(tiles(page)).toHaveCount(2);
	await page.reload();
	await expect(studio.prompt).toHaveValue('a red circle');
	await otherPage.close();
});
