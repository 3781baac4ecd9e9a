import { expect } from '@playwright/test';
import { pixelsOf, test } from './studio.ts';

test('a picture is looked at closely, compared, varied, copied and dragged out', async ({
	page,
	studio,
}) => {
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	await studio.open();
	await studio.write('a red circle', { steps: 1, seed: 7 });
	await studio.draw();
	const tools = page.getByRole('group', { name: 'What to do with this picture' });
	const full = page.getByRole('dialog', { name: 'Full view' });
	const image = page.locator('img').and(studio.picture('a red circle'));

	await test.step('finished, it is a file: with its recipe inside, and a name for the desktop', async () => {
		await expect(image).toBeVisible();
		const dragged = await image.evaluate((element) => {
			const dataTransfer = new DataTransfer();
			element.dispatchEvent(new DragEvent('dragstart', { dataTransfer, bubbles: true }));
			return dataTransfer.getData('DownloadURL');
		});
		expect(dragged).toMatch(/^image\/png:shardlight-[\d-]+-a-red-circle-7\.png:blob:/);
	});

	await test.step('copied', async () => {
		await tools.getByRole('button', { name: 'Copy', exact: true }).click();
		await expect(tools.getByRole('button', { name: 'Copied' })).toBeVisible();
		const types = await page.evaluate(async () =>
			(await navigator.clipboard.read()).flatMap((item) => item.types),
		);
		expect(types).toContain('image/png');
	});

	await test.step('varied: another seed, and the draft stays', async () => {
		await expect(tools.getByRole('button', { name: 'Compare' })).toBeDisabled();
		await studio.prompt.fill('half a thought');
		await tools.getByRole('button', { name: 'Vary' }).click();
		await expect(studio.cancel).toBeVisible();
		await studio.finished();
		await expect(studio.prompt).toHaveValue('half a thought');
		await expect(page.getByRole('button', { name: 'Open “a red circle”' })).toHaveCount(2);
		await expect(page.getByLabel('How this picture was made')).not.toContainText(/Seed\s*7\b/);
	});

	await test.step('zoomed by keyboard and wheel', async () => {
		await page.getByRole('heading', { level: 1 }).click();
		await page.keyboard.press('f');
		await expect(full).toBeVisible();
		const zoom = full.getByRole('status', { name: 'Zoom', exact: true });
		const whole = await zoom.innerText();
		await page.keyboard.press('1');
		await expect(zoom).toHaveText(/^100/);
		await page.mouse.move(640, 400);
		await page.mouse.wheel(0, -300);
		await expect(zoom).not.toHaveText(/^100/);
		await page.keyboard.press('0');
		await expect(zoom).toHaveText(whole);
		const newest = await pixelsOf(full.getByRole('img'));
		await page.keyboard.press('ArrowRight');
		await expect
			.poll(async () => (await pixelsOf(full.getByRole('img'))).rgba)
			.not.toEqual(newest.rgba);
		await page.keyboard.press('Escape');
		await expect(full).toBeHidden();
	});

	await test.step('compared: a slider, or side by side', async () => {
		await tools.getByRole('button', { name: 'Compare' }).click();
		await expect(full.getByRole('img')).toHaveCount(2);
		await expect(full.getByRole('img', { name: 'First picture, seed 7' })).toBeVisible();
		const divide = full.getByRole('slider', { name: 'Where the first picture ends' });
		await divide.focus();
		await page.keyboard.press('End');
		await expect(divide).toHaveValue('1');
		await full.getByRole('button', { name: 'Side by side' }).click();
		await expect(divide).toBeHidden();
		await full.getByRole('button', { name: 'Close' }).click();
	});
});

test('a finished picture does not replace one that is looked at', async ({ page, studio }) => {
	await studio.open();
	await studio.write('a red circle', { steps: 1, seed: 7 });
	await studio.draw();
	await studio.write('a blue square', { steps: 3, seed: 8 });
	await studio.generate.click();
	await expect(studio.cancel).toBeVisible();
	await page.getByRole('button', { name: 'Open “a red circle”' }).click();
	await expect(studio.picture('a red circle')).toBeVisible();
	await studio.finished();
	await expect(studio.picture('a red circle')).toBeVisible();
	await page.getByRole('button', { name: '1 new' }).click();
	await expect(studio.picture('a blue square')).toBeVisible();
	await expect(page.getByRole('button', { name: '1 new' })).toHaveCount(0);
});
