import { readFileSync } from 'node:fs';
import { expect } from '@playwright/test';
import { test } from './studio.ts';

const PROMPT = 'a red circle 红色的圆';

test('a link and a PNG each bring a recipe back, and neither draws by itself', async ({
	page,
	studio,
}) => {
	// Reading the real clipboard would make the browser ask.
	await page.addInitScript(() => {
		navigator.clipboard.writeText = async (text) => {
			document.documentElement.dataset['copied'] = text;
		};
	});
	await studio.open();
	await studio.write(PROMPT, { steps: 1, seed: 42 });
	await studio.draw();

	const link = await test.step('Copy link', async () => {
		await page.getByRole('button', { name: 'Copy link' }).click();
		await expect(page.getByRole('button', { name: 'Link copied' })).toBeVisible();
		return page.evaluate(() => document.documentElement.dataset['copied'] ?? '');
	});
	const png = await test.step('Save PNG', async () => {
		const downloading = page.waitForEvent('download');
		await page.getByRole('button', { name: 'Save PNG' }).click();
		return readFileSync(await (await downloading).path());
	});

	const seed = page.getByLabel('Seed', { exact: true });
	await test.step('an empty form is filled in', async () => {
		await studio.prompt.fill('');
		await page.goto('about:blank');
		await page.goto(link);
		await expect(studio.prompt).toHaveValue(PROMPT);
		await expect(seed).toHaveValue('42');
		await expect(page.getByLabel('Steps')).toHaveValue('1');
		await expect(studio.generate).toBeEnabled();
		expect(new URL(page.url()).hash).toBe('');
	});

	await test.step('a broken link says so', async () => {
		await page.goto('about:blank');
		await page.goto(link.replace(/#.*/, '#v=1&pz=broken!'));
		await expect(studio.alert).toContainText('This link is damaged');
		await studio.prompt.fill('my own words');
	});

	await test.step('a dropped PNG fills the form', async () => {
		const transfer = await page.evaluateHandle((bytes) => {
			const data = new DataTransfer();
			data.items.add(new File([new Uint8Array(bytes)], 'a.png', { type: 'image/png' }));
			return data;
		}, Array.from(png));
		await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer });
		await expect(page.getByText('Use its settings', { exact: true })).toBeVisible();
		await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
		await expect(studio.prompt).toHaveValue(PROMPT);
		await expect(seed).toHaveValue('42');
	});
	await expect(studio.status).toHaveText('');
});
