import { expect, type Locator } from '@playwright/test';
import { countColours, pixelsOf, test } from './studio.ts';

const STEPS = 50;
/** Milliseconds, as for a picture: a block may take long on a busy machine. Blocks are counted instead. */
const PATIENCE = 240_000;

/**
 * Presses Cancel and waits until the progress bar is gone.
 *
 * @returns how many steps the page still counted meanwhile, by the blocks that it named
 */
async function cancelCounting(cancel: Locator): Promise<number> {
	return cancel.evaluate(async (button) => {
		const bar = document.querySelector('[role=progressbar][aria-valuetext]');
		if (!(button instanceof HTMLElement) || bar === null) throw new Error('nothing is drawn');
		let steps: number | undefined;
		const look = (): void => {
			const text = bar.getAttribute('aria-valuetext') ?? '';
			const [, step, block, blocks] = /step (\d+) of \d+ · block (\d+) of (\d+)/.exec(text) ?? [];
			if (step !== undefined) steps = Number(step) + Number(block) / Number(blocks);
		};
		look();
		const before = steps;
		const observer = new MutationObserver(look);
		observer.observe(bar, { attributes: true });
		button.click();
		while (bar.isConnected) await new Promise(requestAnimationFrame);
		observer.disconnect();
		if (before === undefined || steps === undefined) throw new Error('the page named no block');
		return steps - before;
	});
}

test('Cancel returns control before another step, and the next picture is drawn', async ({
	page,
	studio,
}) => {
	await studio.open();
	await studio.write('a blue square', { steps: STEPS });

	await studio.generate.click();
	await expect(studio.status).toHaveText('Drawing', { timeout: 120_000 });
	const bar = page.getByRole('progressbar', { name: 'Picture progress' });
	await expect(bar).toHaveAttribute('aria-valuetext', /step .* block/, { timeout: PATIENCE });
	// The engine stops within a block, as its own tests say; the page may hear of several at once.
	expect(await cancelCounting(studio.cancel)).toBeLessThan(1);
	await expect(studio.status).toHaveText('Cancelled.');
	await expect(studio.generate).toBeEnabled();
	await expect(studio.alert).toHaveCount(0);

	await studio.write('a green triangle', { steps: 1 });
	await studio.draw();
	const picture = await pixelsOf(studio.picture('a green triangle'));
	expect(countColours(picture)).toBeGreaterThan(50);
});

test('Escape cancels too, before the first step as well', async ({ studio, page }) => {
	await studio.open();
	await studio.write('a blue square', { steps: STEPS });
	await studio.generate.click();
	await expect(studio.cancel).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(studio.status).toHaveText('Cancelled.', { timeout: PATIENCE });
	await expect(studio.generate).toBeEnabled();
});
