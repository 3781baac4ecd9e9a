import { type Download, expect, type Page } from '@playwright/test';
import { pixelsOf, Studio, test } from './studio.ts';

const tiles = (page: Page) =>
	page.getByRole('list', { name: 'History' }).getByRole('button', { name: /^Open/ });

async function nameAndBytes(download: Download): Promise<{ name: string; bytes: Buffer }> {
	const chunks: Buffer[] = [];
	for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
	return { name: download.suggestedFilename(), bytes: Buffer.concat(chunks) };
}

test('pictures are kept over a reload, found by a word, chosen, starred, put on boards, deleted, brought back, and moved between browsers', async ({
	page,
	studio,
	browser,
	baseURL,
}) => {
	await studio.open();
	for (const [seed, prompt] of ['a blue square', 'a red circle', 'a blue circle'].entries()) {
		await studio.write(prompt, { steps: 1, seed });
		await studio.draw();
	}
	await expect(tiles(page)).toHaveCount(3);
	const drawn = await pixelsOf(studio.picture('a blue circle'));

	await page.reload();
	await expect(tiles(page)).toHaveCount(3);
	await expect(studio.prompt).toHaveValue('a blue circle');

	await test.step('the arrow keys walk through them', async () => {
		await page.getByRole('heading', { name: 'Shardlight', level: 1 }).click();
		await page.keyboard.press('ArrowRight');
		await expect(tiles(page).first()).toHaveAttribute('aria-current', 'true');
		expect(await pixelsOf(studio.picture('a blue circle'))).toEqual(drawn);
		await page.keyboard.press('ArrowRight');
		await expect(tiles(page).nth(1)).toHaveAttribute('aria-current', 'true');
	});

	await test.step('a word finds them, in prompts and settings', async () => {
		await page.getByRole('searchbox').fill('blue');
		await expect(tiles(page)).toHaveCount(2);
		await page.getByRole('searchbox').fill('circle -blue');
		await expect(tiles(page)).toHaveCount(1);
		await page.keyboard.press('Escape');
		await expect(tiles(page)).toHaveCount(3);
	});

	await test.step('one tab stop; the keys move, choose, star and delete', async () => {
		await tiles(page).first().focus();
		await page.keyboard.press('ArrowRight');
		await expect(tiles(page).nth(1)).toBeFocused();
		await page.keyboard.press('.');
		await page.getByRole('button', { name: 'Only starred ones' }).click();
		await expect(tiles(page)).toHaveCount(1);
		await page.getByRole('button', { name: 'Only starred ones' }).click();

		await tiles(page).first().focus();
		await page.keyboard.press('Space');
		await page.keyboard.press('Shift+ArrowRight');
		await expect(page.getByRole('toolbar', { name: '2 selected' })).toBeVisible();
		await page.keyboard.press('Delete');
		await expect(tiles(page)).toHaveCount(1);
		await expect(tiles(page).first()).toBeFocused();
		await page.keyboard.press('Delete');
		await expect(tiles(page)).toHaveCount(0);
	});

	await test.step('undo, step by step', async () => {
		await page.getByRole('button', { name: 'Undo' }).click();
		await expect(tiles(page)).toHaveCount(1);
		await page.getByRole('button', { name: 'Undo' }).click();
		await expect(tiles(page)).toHaveCount(3);
	});

	await test.step('the mouse chooses with Ctrl and Shift', async () => {
		await tiles(page)
			.first()
			.click({ modifiers: ['Control'] });
		await tiles(page)
			.last()
			.click({ modifiers: ['Shift'] });
		await expect(page.getByRole('toolbar', { name: '3 selected' })).toBeVisible();
		await page.getByRole('toolbar').getByLabel('Board').selectOption('New board…');
		await page.getByLabel('Name of the board').fill('Shapes');
		await page.keyboard.press('Enter');
		await page.getByRole('button', { name: 'Select none' }).click();
		await page.getByRole('button', { name: 'Filter' }).click();
		await page.getByLabel('Board', { exact: true }).selectOption('Shapes');
		await expect(tiles(page)).toHaveCount(3);
		await page.getByLabel('Board', { exact: true }).selectOption('Any');
	});

	const zip = await test.step('export', async () => {
		await page.getByRole('button', { name: 'Manage the history' }).click();
		const downloading = page.waitForEvent('download');
		await page.getByRole('button', { name: 'Export all' }).click();
		return nameAndBytes(await downloading);
	});
	expect(zip.name).toBe('shardlight-pictures.zip');

	await test.step('import in another browser, each picture once', async () => {
		const other = await browser.newPage({ baseURL });
		await other.goto('./');
		await other.getByRole('button', { name: 'Manage the history' }).click();
		const file = { name: zip.name, mimeType: 'application/zip', buffer: zip.bytes };
		for (const said of ['3 pictures came in.', '0 pictures came in. Here already: 3.']) {
			await other.getByLabel('Import pictures or a zip').setInputFiles(file);
			await expect(other.getByText(said)).toBeVisible();
		}
		await expect(tiles(other)).toHaveCount(3);
		await other.getByRole('button', { name: 'Open “a blue circle”' }).click();
		expect(await pixelsOf(other.getByRole('img', { name: 'a blue circle' }))).toEqual(drawn);
		await other.close();
	});
});

test('a change in one tab is seen in the other', async ({ page, studio, context }) => {
	await studio.open();
	const other = await context.newPage();
	await other.goto('./');
	await studio.write('a blue square', { steps: 1, seed: 7 });
	await studio.draw();
	await expect(tiles(other)).toHaveCount(1);
	await tiles(other).first().focus();
	await other.keyboard.press('Delete');
	await expect(tiles(page)).toHaveCount(0);
	await other.close();
});

test('a finger that rests on a picture chooses it; taps then choose more', async ({
	browser,
	baseURL,
	gpuReady,
}) => {
	expect(gpuReady).toBe(true);
	const context = await browser.newContext({
		...{ baseURL, hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } },
	});
	const page = await context.newPage();
	const studio = new Studio(page);
	await studio.open();
	await studio.write('a red circle', {});
	for (let picture = 0; picture < 2; picture++) await studio.draw();
	await page.getByRole('button', { name: 'History' }).tap();
	const box = await tiles(page).first().boundingBox();
	if (box === null) throw new Error('no picture');
	const session = await context.newCDPSession(page);
	const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
	await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints });
	await expect(page.getByRole('toolbar', { name: '1 selected' })).toBeVisible();
	await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
	await tiles(page).last().tap();
	await expect(page.getByRole('toolbar', { name: '2 selected' })).toBeVisible();
	await context.close();
});
