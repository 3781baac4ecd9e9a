import { expect } from '@playwright/test';
import { countColours, pixelsOf, test } from './studio.ts';

/** One block of the demo model on a software GPU takes less, its first run with compiling included. */
const ONE_BLOCK = 30_000;

test('Cancel returns control within a block, and the next picture is drawn', async ({ studio }) => {
	await studio.open();
	await studio.write('a blue square', { steps: 50 });

	await studio.generate.click();
	await expect(studio.status).toHaveText('Drawing', { timeout: 120_000 });
	await studio.cancel.click();
	await expect(studio.status).toHaveText('Cancelled.', { timeout: ONE_BLOCK });
	await expect(studio.generate).toBeEnabled();
	await expect(studio.alert).toHaveCount(0);

	await studio.write('a green triangle', { steps: 1 });
	await studio.draw();
	const picture = await pixelsOf(studio.picture('a green triangle'));
	expect(countColours(picture)).toBeGreaterThan(50);
});

test('Escape cancels too, before the first step as well', async ({ studio, page }) => {
	await studio.open();
	await studio.write('a blue square', { steps: 50 });
	await studio.generate.click();
	await expect(studio.cancel).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(studio.status).toHaveText('Cancelled.', { timeout: ONE_BLOCK });
	await expect(studio.generate).toBeEnabled();
});
